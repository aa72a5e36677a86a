import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DEFAULT_RATE_LIMITS, type RateLimits } from '../contract/rate-limits.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { BulkOrders } from './bulk-orders.ts';
import { countAttention } from './count-attention.ts';
import { Events } from './events.ts';
import { HandlerFunction } from './handler-function.ts';
import { Overdue } from './overdue.ts';
import { SigningKey } from './signing-key.ts';
import { LicenseTable } from './table.ts';
import { Workflow } from './workflow.ts';

export interface RelicenseStackProps extends StackProps {
  /** `iss` of every update: the vendor's name for itself, preferably a URL that it owns. */
  readonly issuer: string;
  /** The address that gets a mail for each alarm. */
  readonly alarmEmail?: string;
  /** The OpenID Connect issuer of people's tokens. Without it, only the vendor's own tokens are valid. */
  readonly identityProvider?: IdentityProviderSettings;
  /** Origins whose pages may use the depot and the public endpoints, as in `parseCorsOrigins`. Default: none. */
  readonly corsOrigins?: string;
  /** Requests per minute, instead of `DEFAULT_RATE_LIMITS`. */
  readonly limits?: RateLimits;
  /** What CloudFormation does with table and key when the stack is deleted. Default: `RETAIN`. For development: `DESTROY`. */
  readonly removalPolicy?: RemovalPolicy;
  /** After so many days, an event reports a pending vendor action. Default: 30. */
  readonly overdueAfterDays?: number;
  /** `false` omits the functions' code: such a stack can be read, but not deployed. */
  readonly bundle?: boolean;
}

/** One deployment, for one vendor. */
export class RelicenseStack extends Stack {
  constructor(scope: Construct, id: string, props: RelicenseStackProps) {
    const {
      issuer,
      alarmEmail,
      identityProvider,
      corsOrigins,
      limits,
      removalPolicy = RemovalPolicy.RETAIN,
      overdueAfterDays,
      bundle = true,
      ...stackProps
    } = props;
    super(scope, id, { description: 'Relicense: withdraws or replaces delivered licenses', ...stackProps });

    const licenses = new LicenseTable(this, 'Licenses', { removalPolicy });
    const { table } = licenses;
    const signingKey = new SigningKey(this, 'SigningKey', { removalPolicy });
    const { key } = signingKey;

    const workflowFunction = new HandlerFunction(this, 'WorkflowFunction', {
      name: 'workflow',
      bundle,
      environment: { TABLE_NAME: table.tableName, SIGNING_KEY_ID: key.keyId, ISSUER: issuer },
    });
    const workflow = new Workflow(this, 'Workflow', { workflowFunction, removalPolicy });
    const { stateMachine } = workflow;

    const served = {
      TABLE_NAME: table.tableName,
      STATE_MACHINE_ARN: stateMachine.stateMachineArn,
      ...limitVariables({ ...DEFAULT_RATE_LIMITS, ...limits }),
    };
    const cors = corsOrigins === undefined ? {} : { CORS_ORIGINS: corsOrigins };
    const functions = {
      vendor: new HandlerFunction(this, 'VendorFunction', {
        name: 'vendor',
        bundle,
        environment: { ...served, ...identityVariables(identityProvider) },
      }),
      depot: new HandlerFunction(this, 'DepotFunction', {
        name: 'depot',
        bundle,
        environment: { ...served, SIGNING_KEY_ID: key.keyId, ...cors },
      }),
      public: new HandlerFunction(this, 'PublicFunction', {
        name: 'public',
        bundle,
        environment: cors,
      }),
    };

    for (const { role } of [functions.vendor, functions.depot, workflowFunction]) {
      licenses.grantReadWrite(role);
    }
    workflow.grantStartAndReceipt(functions.vendor.role);
    workflow.grantStartAndReceipt(functions.depot.role);
    workflow.grantReceipt(workflowFunction.role);
    // The workflow function signs updates, the depot function leases.
    signingKey.grantSignExclusively(workflowFunction.role, functions.depot.role);
    signingKey.grantReadPublicKey(workflowFunction.role);
    signingKey.grantReadPublicKey(functions.depot.role);

    const bulkOrders = new BulkOrders(this, 'BulkOrders', { licenses, workflow, bundle, removalPolicy });
    const events = new Events(this, 'Events', { licenses, bulkOrders, bundle, removalPolicy });

    const { overdueFunction, webhooksWaiting } = new Overdue(this, 'Overdue', {
      licenses,
      bundle,
      afterDays: overdueAfterDays,
    });

    const { stage } = new Api(this, 'Api', { functions });
    new Alarms(this, 'Alarms', {
      table,
      stage,
      stateMachine,
      workflowFunction,
      functions: [
        functions.vendor,
        functions.depot,
        functions.public,
        workflowFunction,
        events.eventsFunction,
        events.deliveryFunction,
        overdueFunction,
        bulkOrders.bulkFunction,
      ],
      events,
      overdueFunction,
      webhooksFailed: countAttention(functions.vendor, 'WebhooksFailed'),
      webhooksWaiting,
      bulkOrders,
      ...(alarmEmail === undefined ? {} : { email: alarmEmail }),
    });

    new CfnOutput(this, 'ApiUrl', { value: stage.url });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'SigningKeyId', { value: key.keyId });
    new CfnOutput(this, 'StateMachineArn', { value: stateMachine.stateMachineArn });
  }
}

/** The environment variables from which the functions read the limits. */
function limitVariables(limits: Required<RateLimits>): Record<string, string> {
  return {
    CALLER_REQUESTS_PER_MINUTE: String(limits.callerRequestsPerMinute),
    ADDRESS_REQUESTS_PER_MINUTE: String(limits.addressRequestsPerMinute),
    ADDRESS_FAILURES_PER_MINUTE: String(limits.addressFailuresPerMinute),
  };
}

export interface IdentityProviderSettings {
  readonly issuer: string;
  /** `aud` of the accepted access tokens. Either this or `clientId`. */
  readonly audience?: string;
  /** `client_id` of the accepted access tokens, if they have no `aud`: one, or a list with commas. */
  readonly clientId?: string;
  /** The claim that holds a person's scopes. Default: `scope`. */
  readonly scopeClaim?: string;
  /** JSON: `{"<value of the claim>": ["<scope>", ...]}`. */
  readonly scopeMap?: string;
}

function identityVariables(provider: IdentityProviderSettings | undefined): Record<string, string> {
  if (provider === undefined) return {};
  const { issuer, audience, clientId, scopeClaim, scopeMap } = provider;
  return {
    OIDC_ISSUER: issuer,
    ...(audience === undefined ? {} : { OIDC_AUDIENCE: audience }),
    ...(clientId === undefined ? {} : { OIDC_CLIENT_ID: clientId }),
    ...(scopeClaim === undefined ? {} : { OIDC_SCOPE_CLAIM: scopeClaim }),
    ...(scopeMap === undefined ? {} : { OIDC_SCOPE_MAP: scopeMap }),
  };
}
