import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CreateKeySets, Dependencies, Log } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { kmsSigner } from './kms-signer.ts';
import { lazy } from './lazy.ts';
import { stepFunctionsWorkflow } from './step-functions-workflow.ts';

/**
 * The dependencies of a Lambda function, kept while its instance lives. Each member is made when it is first read, because
 * no function has the environment variables or the grants for all of them.
 *
 * @param createKeySets for a function that verifies contexts, signs, or publishes key sets
 */
export function createAwsDependencies(log: Log, createKeySets?: CreateKeySets): Dependencies {
  const documents = lazy(() => documentClient({}));
  const signer = lazy(() => kmsSigner(new KMSClient({}), environment.signingKeyIds()));
  const keySets = lazy(() => {
    if (createKeySets === undefined) throw new Error('Bug: this function does not read key sets');
    return createKeySets({ documents: documents(), tableName: environment.tableName() }, () => Date.now());
  });
  const workflow = lazy(() => stepFunctionsWorkflow(new SFNClient({}), environment.stateMachineArn));
  const identityProvider = lazy(environment.identityProvider);
  const limits = lazy(environment.limits);
  const corsOrigins = lazy(environment.corsOrigins);
  return {
    get documents() {
      return documents();
    },
    get tableName() {
      return environment.tableName();
    },
    get signer() {
      return signer();
    },
    get keySets() {
      return keySets();
    },
    get workflow() {
      return workflow();
    },
    get issuer() {
      return environment.issuer();
    },
    get identityProvider() {
      return identityProvider();
    },
    get corsOrigins() {
      return corsOrigins();
    },
    get limits() {
      return limits();
    },
    log,
    now: () => new Date(),
    random: (length) => randomBytes(length),
    sleep: async (milliseconds) => {
      await setTimeout(milliseconds);
    },
  };
}

/** A document client that omits `undefined` members when it writes. */
export function documentClient(config: DynamoDBClientConfig): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    // The vendor's own terms can have a member named `constructor`: the SDK takes such an object for an instance of a class.
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
  });
}
