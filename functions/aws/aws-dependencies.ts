import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { KMSClient } from '@aws-sdk/client-kms';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { IdentityProvider } from '../../contract/identity-provider.ts';
import type { RateLimits } from '../../contract/rate-limits.ts';
import type { Dependencies } from '../dependencies.ts';
import { environment } from '../environment.ts';
import { documentClient } from './documents.ts';
import { kmsSigner } from './kms-signer.ts';
import { stepFunctionsWorkflow } from './step-functions-workflow.ts';

let made: Dependencies | undefined;
let limits: RateLimits | undefined;
let identityProvider: { readonly read: IdentityProvider | undefined } | undefined;

/**
 * The runtime of a Lambda function, made at the first event and kept while the instance lives. Each part is made when it
 * is first used, because no function has the environment, or the grants, of all of them.
 */
export function awsDependencies(): Dependencies {
  made ??= {
    documents: lazily(() => documentClient({})),
    get tableName() {
      return environment.tableName();
    },
    signer: lazily(() => kmsSigner(new KMSClient({}), environment.signingKeyId())),
    workflow: lazily(() => stepFunctionsWorkflow(new SFNClient({}), environment.stateMachineArn)),
    get issuer() {
      return environment.issuer();
    },
    get identityProvider() {
      identityProvider ??= { read: environment.identityProvider() };
      return identityProvider.read;
    },
    get limits() {
      limits ??= environment.limits();
      return limits;
    },
    now: () => new Date(),
    random: (length) => randomBytes(length),
    sleep: async (milliseconds) => {
      await setTimeout(milliseconds);
    },
  };
  return made;
}

function lazily<Part extends object>(make: () => Part): Part {
  let part: Part | undefined;
  return new Proxy({} as Part, {
    get(_, name) {
      part ??= make();
      const value: unknown = Reflect.get(part, name, part);
      return typeof value === 'function' ? value.bind(part) : value;
    },
  });
}
