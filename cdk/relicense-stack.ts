import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { DEFAULT_RATE_LIMITS, type RateLimits } from '../contract/rate-limits.ts';
import { TASK_FAULT, WEBHOOK_NEEDS_ATTENTION } from '../contract/table.ts';
import { Alarms } from './alarms.ts';
import { Api, type CustomDomain } from './api.ts';
import { BulkOrders } from './bulk-orders.ts';
import { countLines } from './count-lines.ts';
import { Dashboard } from './dashboard.ts';
import { Events } from './events.ts';
import { HandlerFunction } from './handler-function.ts';
import type { Operation, ReservedConcurrency } from './operation.ts';
import { Overdue } from './overdue.ts';
import { Releases } from './releases.ts';
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
  /** Whether X-Ray traces requests and executions. Default: no. */
  readonly tracing?: boolean;
  /** Whether CodeDeploy shifts functions to a new version step by step, and back if an alarm is raised. Default: at once. */
  readonly gradual?: boolean;
  /** Invocations at once that the account may have: an alarm watches 80 % of them. Default: 1,000. */
  readonly concurrencyQuota?: number;
  /** A mail when the account has spent so much in a month, or will. */
  readonly monthlyBudget?: MonthlyBudget;
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
      tracing = false,
      gradual = false,
      concurrencyQuota = 1_000,
      monthlyBudget,
      overdueAfterDays,
      existingTable,
      updateKeys = [FIRST_KEY],
      rootKeys = [FIRST_KEY],
      bundle = true,
      ...stackProps
    } = props;
    super(scope, id, { description: 'Relicense: withdraws or replaces delivered licenses', ...stackProps });

    const operation: Operation = { bundle, removalPolicy, reservedConcurrency, tracing };
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
      STATE_MACHINE_ARN: workflow.liveArn,
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

    for (const { role } of [functions.vendor, functions.depot]) licenses.grantUpdate(role);
    licenses.grantReadWrite(workflowFunction.role);
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

    const { stage, url, domainTarget, tooManyRequests } = new Api(this, 'Api', {
      functions,
      operation,
      ...(domain === undefined ? {} : { domain }),
      ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    });
    const allFunctions = [
      functions.vendor,
      functions.depot,
      functions.public,
      workflowFunction,
      events.eventsFunction,
      events.deliveryFunction,
      overdueFunction,
      bulkOrders.bulkFunction,
    ];
    const taskFaults = countLines(workflowFunction, 'TaskFaults', TASK_FAULT);
    const webhooksFailed = countLines(functions.vendor, 'WebhooksFailed', WEBHOOK_NEEDS_ATTENTION);
    const alarms = new Alarms(this, 'Alarms', {
      table,
      stage,
      stateMachine,
      workflowFunction,
      functions: allFunctions,
      events,
      overdueFunction,
      taskFaults,
      tooManyRequests,
      webhooksFailed,
      webhooksWaiting,
      bulkOrders,
      concurrencyQuota,
      ...(alarmEmail === undefined ? {} : { email: alarmEmail }),
    });
    new Dashboard(this, 'Dashboard', {
      alarms: alarms.all,
      stage,
      functions: allFunctions,
      stateMachines: {
        reprogrammings: stateMachine,
        deliveries: events.stateMachine,
        'bulk orders': bulkOrders.stateMachine,
      },
      table,
      tooManyRequests,
      attention: [taskFaults, events.deadLetters, events.setAside, webhooksFailed, webhooksWaiting],
    });
    if (gradual) new Releases(this, 'Releases', { functions: allFunctions, stage, taskFaults });
    if (monthlyBudget !== undefined) newBudget(this, monthlyBudget);

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

export interface MonthlyBudget {
  /** In US dollars. */
  readonly dollars: number;
  readonly email: string;
}

/** Of the whole account: a filter by tag has no cost until somebody activates the tag for billing, so its alarm would be silent. */
function newBudget(scope: Construct, { dollars, email }: MonthlyBudget): void {
  const subscribers = [{ subscriptionType: 'EMAIL', address: email }];
  const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
    notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
    subscribers,
  });
  new CfnBudget(scope, 'Budget', {
    budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: dollars, unit: 'USD' } },
    notificationsWithSubscribers: [notify('ACTUAL', 80), notify('FORECASTED', 100)],
  });
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
