import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { DEFAULT_RATE_LIMITS, type RateLimits } from '../contract/rate-limits.ts';
import { Alarms } from './alarms.ts';
import { Api, type CustomDomain } from './api.ts';
import { BulkOrders } from './bulk-orders.ts';
import { countAttention } from './count-attention.ts';
import { Events } from './events.ts';
import { HandlerFunction } from './handler-function.ts';
import type { Operation, ReservedConcurrency } from './operation.ts';
import { Overdue } from './overdue.ts';
import { FIRST_KEY, RootKeys, SigningKeys } from './signing-keys.ts';
import { type ExistingTable, LicenseTable } from './table.ts';
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
  /** The API's own domain. Without it, the address is that of API Gateway, which ends with the API. */
  readonly domain?: CustomDomain;
  /**
   * What CloudFormation does with table, keys, state machines and logs when the stack is deleted. Default:
   * `RETAIN_ON_UPDATE_OR_DELETE`. For development: `DESTROY`.
   */
  readonly removalPolicy?: RemovalPolicy;
  /** Whether the table refuses to be deleted. Default: unless it is for development. */
  readonly protectTable?: boolean;
  /** Requests per second for the whole API, and twice as many at once. */
  readonly requestsPerSecond?: number;
  readonly reservedConcurrency?: ReservedConcurrency;
  /** After so many days, an event reports a pending vendor action. Default: 30. */
  readonly overdueAfterDays?: number;
  /** A table that exists already, instead of a table of the stack. */
  readonly existingTable?: ExistingTable;
  /** Names of the update keys: a second name, such as `2`, adds a second key; an ARN names an existing key. Default: `1`. */
  readonly updateKeys?: readonly string[];
  /** Names of the root keys. Default: `1`. */
  readonly rootKeys?: readonly string[];
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
      domain,
      removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      protectTable = removalPolicy !== RemovalPolicy.DESTROY,
      requestsPerSecond,
      reservedConcurrency = {},
      overdueAfterDays,
      existingTable,
      updateKeys = [FIRST_KEY],
      rootKeys = [FIRST_KEY],
      bundle = true,
      ...stackProps
    } = props;
    super(scope, id, { description: 'Relicense: withdraws or replaces delivered licenses', ...stackProps });

    const operation: Operation = { bundle, removalPolicy, reservedConcurrency };
    const licenses = new LicenseTable(this, 'Licenses', {
      removalPolicy,
      protect: protectTable,
      ...(existingTable === undefined ? {} : { existing: existingTable }),
    });
    const { table } = licenses;
    const signing = new SigningKeys(this, 'SigningKey', { names: updateKeys, removalPolicy });
    const roots = new RootKeys(this, 'RootKey', { names: rootKeys, removalPolicy });
    const signs = { SIGNING_KEY_IDS: signing.keyIds };

    const workflowFunction = new HandlerFunction(this, 'WorkflowFunction', {
      name: 'workflow',
      operation,
      environment: { TABLE_NAME: table.tableName, ...signs },
    });
    const workflow = new Workflow(this, 'Workflow', { workflowFunction, operation });
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
        operation,
        environment: { ...served, ...signs, ISSUER: issuer, ...identityVariables(identityProvider) },
      }),
      depot: new HandlerFunction(this, 'DepotFunction', {
        name: 'depot',
        operation,
        environment: { ...served, ...signs, ...cors },
      }),
      public: new HandlerFunction(this, 'PublicFunction', {
        name: 'public',
        operation,
        environment: cors,
      }),
    };

    for (const { role } of [functions.vendor, functions.depot, workflowFunction]) {
      licenses.grantReadWrite(role);
    }
    workflow.grantStartAndReceipt(functions.vendor.role);
    workflow.grantStartAndReceipt(functions.depot.role);
    workflow.grantReceipt(workflowFunction.role);
    // The depot and the vendor function sign an update again when its key has left the newest key set (K3). The depot also signs
    // the leases that answer contexts (L2).
    const signers = [workflowFunction.role, functions.depot.role, functions.vendor.role];
    signing.grantSignExclusively(signers);

    const bulkOrders = new BulkOrders(this, 'BulkOrders', { licenses, workflow, operation });
    const events = new Events(this, 'Events', { licenses, bulkOrders, operation });

    const { overdueFunction, webhooksWaiting } = new Overdue(this, 'Overdue', {
      licenses,
      operation,
      afterDays: overdueAfterDays,
    });

    const { stage, url, domainTarget } = new Api(this, 'Api', {
      functions,
      operation,
      ...(domain === undefined ? {} : { domain }),
      ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    });
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

    roots.denyTo(this.node.findAll().filter((construct) => construct instanceof Role));

    new CfnOutput(this, 'ApiUrl', { value: url });
    if (domainTarget !== undefined) {
      new CfnOutput(this, 'DomainTarget', { value: domainTarget, description: 'The CNAME of your domain points here' });
    }
    new CfnOutput(this, 'SigningRoleArns', {
      value: signers.map(({ roleArn }) => roleArn).join(','),
      description: 'The only roles that the policy of an update key lets sign',
    });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'Issuer', { value: issuer });
    new CfnOutput(this, 'SigningKeyIds', { value: signing.keyIds });
    new CfnOutput(this, 'RootKeyIds', { value: roots.keyIds });
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
