import { App, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { STACK_FUNCTIONS } from '../../../cdk/function-names.ts';
import { readEnvironment, readSchedule, readStateMachineDefinition } from '../../../cdk/read-template.ts';
import { RelicenseStack, type RelicenseStackProps } from '../../../cdk/relicense-stack.ts';
import { synthesize } from '../../../cdk/synthesize.ts';
import { DEAD_LETTER, SET_ASIDE, TASK_FAULT, WEBHOOK_NEEDS_ATTENTION } from '../../../contract/table.ts';
import { OPEN_WEBHOOKS } from '../../../contract/tasks.ts';
import { aliasOf, functionResource, keyOf, resourcesOfType, statementsOf } from './template.ts';

const synthesized = synthesize({ bundle: false, issuer: 'https://licenses.example.com' });
const template = Template.fromJSON(JSON.parse(JSON.stringify(synthesized)));

describe('the table', () => {
  test('is the only one, paid per request, recoverable, streamed, protected, and kept when the stack is deleted', () => {
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [
          {
            Region: { Ref: 'AWS::Region' },
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            DeletionProtectionEnabled: true,
          },
        ],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
      },
    });
  });

  test('has one index, which contains only keys', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'index',
          KeySchema: [
            { AttributeName: 'indexPk', KeyType: 'HASH' },
            { AttributeName: 'indexSk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });
});

describe('a stack over an existing table and existing keys', () => {
  const streamArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/restored/stream/2026-11-30T00:00:00.000';
  const updateKey = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef';
  const rootKey = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-fedcba9876543210fedcba9876543210';
  const over = templateOf({
    issuer: 'dev',
    existingTable: { name: 'restored', streamArn },
    updateKeys: [updateKey],
    rootKeys: [rootKey],
  }).toJSON() as never;

  test('makes no table and no key', () => {
    expect(resourcesOfType(over, 'AWS::DynamoDB::GlobalTable')).toEqual([]);
    expect(resourcesOfType(over, 'AWS::KMS::Key')).toEqual([]);
  });

  test('passes them to the functions and grants each call on them, as on its own', () => {
    for (const name of ['vendor', 'depot', 'workflow'] as const) {
      expect(readEnvironment(over, name)).toMatchObject({ TABLE_NAME: 'restored', SIGNING_KEY_IDS: updateKey });
      const statements = statementsOf(over, name);
      const actions = statements.flatMap((statement) => statement.actions);
      const ownActions = statementsOf(synthesized, name).flatMap((statement) => statement.actions);
      expect(new Set(actions)).toEqual(new Set(ownActions));
      const signing = statements.filter((statement) => statement.actions.includes('kms:Sign'));
      expect(signing.flatMap(({ resources }) => resources)).toEqual([JSON.stringify(updateKey)]);
      const writing = statements.filter((statement) => statement.actions.includes('dynamodb:PutItem'));
      expect(writing.flatMap(({ resources }) => resources).join()).toMatch(/:table\/restored"/);
    }
    expect(JSON.stringify(resourcesOfType(over, 'AWS::IAM::Policy'))).not.toContain(rootKey);
  });

  test('reads the stream of the table', () => {
    const [mapping] = resourcesOfType(over, 'AWS::Lambda::EventSourceMapping');
    expect(mapping?.properties.EventSourceArn).toBe(streamArn);
    const reading = statementsOf(over, 'events').filter(({ actions }) => actions.includes('dynamodb:GetRecords'));
    expect(reading.flatMap(({ resources }) => resources)).toEqual([JSON.stringify(streamArn)]);
  });
});

describe('the functions', () => {
  test('run on Node 24 and arm64 and write JSON to the log', () => {
    template.resourceCountIs('AWS::Lambda::Function', STACK_FUNCTIONS.length);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', LogGroup: Match.anyValue() },
    });
  });

  test('get only the environment variables that they need', () => {
    const table = { Ref: resourcesOfType(synthesized, 'AWS::DynamoDB::GlobalTable')[0]?.id };
    const signs = { SIGNING_KEY_IDS: { Ref: keyOf(synthesized, 'SigningKey').id } };
    const alias = resourcesOfType(synthesized, 'AWS::StepFunctions::StateMachineAlias').find(({ id }) =>
      id.startsWith('Workflow'),
    );
    const stateMachine = { 'Fn::GetAtt': [alias?.id, 'Arn'] };
    const served = {
      TABLE_NAME: table,
      STATE_MACHINE_ARN: stateMachine,
      CALLER_REQUESTS_PER_MINUTE: '6000',
      ADDRESS_REQUESTS_PER_MINUTE: '600',
      ADDRESS_FAILURES_PER_MINUTE: '60',
    };
    expect(readEnvironment(synthesized, 'vendor')).toEqual({
      ...served,
      ...signs,
      ISSUER: 'https://licenses.example.com',
    });
    expect(readEnvironment(synthesized, 'depot')).toEqual({ ...served, ...signs });
    expect(readEnvironment(synthesized, 'public')).toEqual({});
    expect(readEnvironment(synthesized, 'workflow')).toEqual({ TABLE_NAME: table, ...signs });
    expect(readEnvironment(synthesized, 'bulk')).toEqual({ TABLE_NAME: table, STATE_MACHINE_ARN: stateMachine });
  });

  test('get the operator’s limits and identity provider, if they use them', () => {
    const set = templateOf({
      issuer: 'relicense',
      limits: { addressRequestsPerMinute: 0 },
      identityProvider: { issuer: 'https://id.example.com', audience: 'relicense', scopeMap: '{"staff":["all"]}' },
    }).toJSON();
    const limits = { CALLER_REQUESTS_PER_MINUTE: '6000', ADDRESS_REQUESTS_PER_MINUTE: '0' };
    const provider = {
      OIDC_ISSUER: 'https://id.example.com',
      OIDC_AUDIENCE: 'relicense',
      OIDC_SCOPE_MAP: '{"staff":["all"]}',
    };
    expect(readEnvironment(set as never, 'vendor')).toMatchObject({ ...limits, ...provider });
    expect(readEnvironment(set as never, 'depot')).toMatchObject(limits);
    expect(readEnvironment(set as never, 'depot')).not.toHaveProperty('OIDC_ISSUER');
  });

  test('get the clients of an identity provider without audiences, and the origins of pages, but never the vendor function', () => {
    const set = templateOf({
      issuer: 'relicense',
      identityProvider: { issuer: 'https://id.example.com', clientId: 'app-1,app-2' },
      corsOrigins: 'https://shop.example.com',
    }).toJSON();
    const cors = { CORS_ORIGINS: 'https://shop.example.com' };
    expect(readEnvironment(set as never, 'vendor')).toMatchObject({ OIDC_CLIENT_ID: 'app-1,app-2' });
    expect(readEnvironment(set as never, 'vendor')).not.toHaveProperty('OIDC_AUDIENCE');
    expect(readEnvironment(set as never, 'vendor')).not.toHaveProperty('CORS_ORIGINS');
    expect(readEnvironment(set as never, 'depot')).toMatchObject(cors);
    expect(readEnvironment(set as never, 'public')).toMatchObject(cors);
  });

  test('have a concurrency of their own only if the operator reserves it', () => {
    expect(functionResource(synthesized, 'depot').properties).not.toHaveProperty('ReservedConcurrentExecutions');
    const reserved = templateOf({ issuer: 'dev', reservedConcurrency: { bulk: 10 } }).toJSON() as never;
    expect(functionResource(reserved, 'bulk').properties).toMatchObject({ ReservedConcurrentExecutions: 10 });
    expect(functionResource(reserved, 'depot').properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('have a time-out below 30 s, the limit of API Gateway, if they serve requests', () => {
    for (const name of ['vendor', 'depot', 'public'] as const) {
      expect(functionResource(synthesized, name).properties.Timeout).toBeLessThan(30);
    }
  });

  test('keep their logs for 30 days, as all other logs are kept', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });
});

describe('the logs of other services', () => {
  const logs = resourcesOfType(synthesized, 'AWS::Logs::LogGroup').filter(
    ({ properties }) => properties.LogGroupName !== undefined,
  );
  const users = ['AWS::StepFunctions::StateMachine', 'AWS::ApiGatewayV2::Stage'].flatMap((type) =>
    resourcesOfType(synthesized, type),
  );

  test('have the prefix that needs no entry in the resource policy of the account, and an own name in each stack', () => {
    for (const { properties } of logs) {
      expect(JSON.stringify(properties.LogGroupName)).toMatch(/"\/aws\/vendedlogs\/(apis|states)\//);
      expect(JSON.stringify(properties.LogGroupName)).toContain('AWS::StackId');
    }
    expect(new Set(logs.map(({ properties }) => JSON.stringify(properties.LogGroupName))).size).toBe(logs.length);
  });

  test('are those of every state machine and of the API', () => {
    expect(users).toHaveLength(4);
    for (const { properties } of users) {
      const named = logs.filter(({ id }) => JSON.stringify(properties).includes(`"${id}"`));
      expect(named).toHaveLength(1);
    }
  });

  test('are kept with the stack’s data, as all logs are', () => {
    for (const { resource } of resourcesOfType(synthesized, 'AWS::Logs::LogGroup')) {
      expect(resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate' });
    }
  });
});

describe('the address of the API', () => {
  const arn = 'arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555';
  const outputsOf = (found: Template) => found.toJSON().Outputs as Record<string, { Value: unknown }>;

  test('is that of API Gateway unless the operator names a domain', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
    expect(resourcesOfType(synthesized, 'AWS::ApiGatewayV2::Api')[0]?.properties).toMatchObject({
      DisableExecuteApiEndpoint: false,
    });
    expect(JSON.stringify(outputsOf(template).ApiUrl?.Value)).toContain('.execute-api.');
  });

  test('is the domain in a hosted zone, with a certificate and a record of the stack, and no other address answers', () => {
    const found = templateOf({ issuer: 'dev', domain: { name: 'licenses.example.com', hostedZoneId: 'Z1' } });
    found.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
    found.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'licenses.example.com',
      DomainValidationOptions: [{ DomainName: 'licenses.example.com', HostedZoneId: 'Z1' }],
      ValidationMethod: 'DNS',
    });
    found.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'licenses.example.com',
      Type: 'A',
      HostedZoneId: 'Z1',
      AliasTarget: { DNSName: Match.anyValue(), HostedZoneId: Match.anyValue() },
    });
    found.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { Stage: Match.anyValue() });
    expect(outputsOf(found)).toMatchObject({ ApiUrl: { Value: 'https://licenses.example.com/' } });
    expect(outputsOf(found)).not.toHaveProperty('DomainTarget');
  });

  test('is a domain with the operator’s certificate, and the output says where the operator’s record has to point', () => {
    const found = templateOf({ issuer: 'dev', domain: { name: 'licenses.example.com', certificateArn: arn } });
    found.resourceCountIs('AWS::CertificateManager::Certificate', 0);
    found.resourceCountIs('AWS::Route53::RecordSet', 0);
    found.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainNameConfigurations: [{ CertificateArn: arn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
    });
    expect(JSON.stringify(outputsOf(found).DomainTarget?.Value)).toContain('RegionalDomainName');
  });
});

describe('the HTTP API', () => {
  test('is throttled, and its access log has the route but never the path, which can contain a ticket code', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: Match.anyValue(), ThrottlingBurstLimit: Match.anyValue() },
    });
    const settings = resourcesOfType(synthesized, 'AWS::ApiGatewayV2::Stage')[0]?.properties.AccessLogSettings;
    const { Format } = settings as { Format: string };
    expect(Object.values(JSON.parse(Format)).sort()).toEqual([
      '$context.identity.sourceIp',
      '$context.integrationErrorMessage',
      '$context.requestId',
      '$context.requestTimeEpoch',
      '$context.responseLatency',
      '$context.routeKey',
      '$context.status',
    ]);
  });

  const permissions = resourcesOfType(synthesized, 'AWS::Lambda::Permission')
    .filter(({ properties }) => properties.Principal === 'apigateway.amazonaws.com')
    .map(({ properties }) => ({ invokes: properties.FunctionName, from: sourceOf(properties.SourceArn) }));

  test('may invoke each function that serves a route, but not the workflow function', () => {
    const expected = (['vendor', 'depot', 'public'] as const).map((name) => JSON.stringify(aliasOf(synthesized, name)));
    const invoked = permissions.map(({ invokes }) => JSON.stringify(invokes));
    expect([...new Set(invoked)].sort()).toEqual(expected.sort());
    // A function's policy may have at most 20 KB, so there is no permission per route.
    expect(permissions.length).toBe(expected.length + 1);
  });

  test('may invoke the function of every route, also of $default', () => {
    const integrations = new Map(
      resourcesOfType(synthesized, 'AWS::ApiGatewayV2::Integration').map(({ id, properties }) => [id, properties]),
    );
    const routes = resourcesOfType(synthesized, 'AWS::ApiGatewayV2::Route').map(({ properties }) => properties);
    const refused = routes.filter(({ RouteKey, Target }) => {
      const { IntegrationUri } = integrations.get(targetOf(Target)) ?? {};
      // The source in API Gateway's call: stage, method and path; `$default` has no path.
      const source = `/$default/${String(RouteKey).replace(' ', '')}`;
      return !permissions.some(
        ({ invokes, from }) => JSON.stringify(invokes) === JSON.stringify(IntegrationUri) && from.test(source),
      );
    });
    expect(refused.map(({ RouteKey }) => RouteKey)).toEqual([]);
    expect(routes.map(({ RouteKey }) => RouteKey)).toContain('$default');
  });
});

/** The pattern after the API's id in a permission's ARN. A star also matches slashes. */
function sourceOf(arn: unknown): RegExp {
  const [, parts] = (arn as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return new RegExp(`^${String(parts.at(-1)).replaceAll('*', '.*')}$`);
}

function targetOf(target: unknown): string {
  const [, parts] = (target as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return (parts.at(-1) as { Ref: string }).Ref;
}

describe('a release', () => {
  const aliases = resourcesOfType(synthesized, 'AWS::Lambda::Alias');

  test('is a version of each function, which everything invokes by an alias', () => {
    expect(aliases).toHaveLength(STACK_FUNCTIONS.length);
    for (const { properties } of aliases) expect(properties).toMatchObject({ Name: 'live' });
    const others = [
      'AWS::Lambda::Alias',
      'AWS::Lambda::Version',
      'AWS::CloudWatch::Dashboard',
      'AWS::CloudWatch::Alarm',
    ];
    for (const name of STACK_FUNCTIONS) {
      const { id } = functionResource(synthesized, name);
      const users = Object.entries(synthesized.Resources).filter(([, resource]) =>
        JSON.stringify(resource.Properties ?? {}).includes(`"${id}"`),
      );
      expect(users.filter(([, { Type }]) => !others.includes(Type)).map(([user]) => user)).toEqual([]);
    }
  });

  test('is a version of each state machine, with whose alias executions start, and old versions stay', () => {
    const machines = resourcesOfType(synthesized, 'AWS::StepFunctions::StateMachine');
    const versions = resourcesOfType(synthesized, 'AWS::StepFunctions::StateMachineVersion');
    expect(versions.map(({ properties }) => properties.StateMachineArn).sort()).toEqual(
      machines.map(({ id }) => ({ Ref: id })).sort(),
    );
    for (const { resource } of versions) expect(resource).toMatchObject({ DeletionPolicy: 'Retain' });
    // A repeated start of the same execution must get the same version.
    template.allResourcesProperties('AWS::StepFunctions::StateMachineAlias', {
      DeploymentPreference: { Type: 'ALL_AT_ONCE' },
    });
    for (const [name, variable] of [
      ['depot', 'STATE_MACHINE_ARN'],
      ['events', 'DELIVERY_STATE_MACHINE_ARN'],
      ['events', 'BULK_STATE_MACHINE_ARN'],
    ] as const) {
      expect(JSON.stringify(readEnvironment(synthesized, name)[variable])).toContain('Live');
    }
  });

  test('goes step by step and back by an alarm only if the operator wants it', () => {
    template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
    const gradual = templateOf({ issuer: 'dev', gradual: true });
    gradual.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', STACK_FUNCTIONS.length);
    gradual.allResourcesProperties('AWS::CodeDeploy::DeploymentGroup', {
      AlarmConfiguration: { Enabled: true, Alarms: [Match.anyValue(), Match.anyValue()] },
      AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(['DEPLOYMENT_STOP_ON_ALARM']) },
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
    });
    for (const { resource } of resourcesOfType(gradual.toJSON() as never, 'AWS::Lambda::Alias')) {
      expect(resource).toHaveProperty('UpdatePolicy.CodeDeployLambdaAliasUpdate');
    }
  });
});

describe('the schedule', () => {
  const alias = aliasOf(synthesized, 'overdue');

  test('invokes only the reports: of overdue actions once a day, of open webhooks every 15 minutes', () => {
    const rules = resourcesOfType(synthesized, 'AWS::Events::Rule').map(({ properties }) => properties);
    expect(rules).toMatchObject([
      { ScheduleExpression: 'rate(1 day)', State: 'ENABLED', Targets: [{ Arn: alias }] },
      {
        ScheduleExpression: 'rate(15 minutes)',
        State: 'ENABLED',
        Targets: [{ Arn: alias, Input: '{"look":"open-webhooks"}' }],
      },
    ]);
    expect(readSchedule(synthesized, 'overdue')).toBe(86_400_000);
    expect(readSchedule(synthesized, 'overdue', { look: OPEN_WEBHOOKS })).toBe(900_000);
    const invoked = resourcesOfType(synthesized, 'AWS::Lambda::Permission').filter(
      ({ properties }) => properties.Principal === 'events.amazonaws.com',
    );
    for (const { properties } of invoked) expect(properties.FunctionName).toEqual(alias);
    expect(invoked).toHaveLength(2);
  });

  test('passes the number of days to the report: 30, or the operator’s', () => {
    expect(readEnvironment(synthesized, 'overdue').OVERDUE_AFTER_DAYS).toBe('30');
    templateOf({ issuer: 'dev', overdueAfterDays: 14 }).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { OVERDUE_AFTER_DAYS: '14' } },
    });
    expect(() => templateOf({ issuer: 'dev', overdueAfterDays: 0.5 })).toThrow('number of days');
  });
});

describe('the stack', () => {
  test('outputs the API’s address, the issuer, the table, the keys and the state machine', () => {
    for (const name of ['ApiUrl', 'Issuer', 'TableName', 'SigningKeyIds', 'RootKeyIds', 'StateMachineArn'])
      template.hasOutput(name, {});
  });

  test('has a second update key and a second root key while they are changed, and the functions sign with both', () => {
    const changing = templateOf({ issuer: 'dev', updateKeys: ['1', '2'], rootKeys: ['2'] }).toJSON() as never;
    const ids = resourcesOfType(changing, 'AWS::KMS::Key').map(({ id }) => id);
    const [first, second] = ids.filter((id) => id.startsWith('SigningKey'));
    // The first key keeps its logical id, so that a deployment does not replace it.
    expect(first).toBe(keyOf(synthesized, 'SigningKey').id);
    expect(ids.filter((id) => id.startsWith('RootKey'))).not.toContain(keyOf(synthesized, 'RootKey').id);
    expect(ids).toHaveLength(3);
    const both = { 'Fn::Join': ['', [{ Ref: first }, ',', { Ref: second }]] };
    const arns = [first, second].map((id) => JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] }));
    for (const name of ['vendor', 'depot', 'workflow'] as const) {
      expect(readEnvironment(changing, name).SIGNING_KEY_IDS).toEqual(both);
      const sign = statementsOf(changing, name).filter(({ actions }) => actions.includes('kms:Sign'));
      expect(sign.flatMap(({ resources }) => resources)).toEqual(arns);
    }
  });

  test('leaves nothing behind if it is for development', () => {
    const development = templateOf({ issuer: 'dev', removalPolicy: RemovalPolicy.DESTROY });
    development.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Delete',
      Properties: { Replicas: [{ DeletionProtectionEnabled: false }] },
    });
    development.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Delete' });
    development.hasResource('AWS::StepFunctions::StateMachine', { DeletionPolicy: 'Delete' });
  });

  test('mails its alarms only if it has an address', () => {
    template.resourceCountIs('AWS::SNS::Subscription', 0);
    templateOf({ issuer: 'dev', alarmEmail: 'operator@example.com' }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'operator@example.com',
    });
  });
});

describe('the dashboard', () => {
  const [board] = resourcesOfType(synthesized, 'AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(board?.properties.DashboardBody);

  test('shows every alarm, every function and every state machine', () => {
    for (const { id } of [
      ...resourcesOfType(synthesized, 'AWS::CloudWatch::Alarm'),
      ...resourcesOfType(synthesized, 'AWS::Lambda::Function'),
      ...resourcesOfType(synthesized, 'AWS::StepFunctions::StateMachine'),
    ]) {
      expect(body).toContain(`"${id}"`);
    }
  });
});

describe('the budget', () => {
  test('exists only if the operator sets one, and mails before it is spent', () => {
    template.resourceCountIs('AWS::Budgets::Budget', 0);
    templateOf({ issuer: 'dev', monthlyBudget: { dollars: 50, email: 'operator@example.com' } }).hasResourceProperties(
      'AWS::Budgets::Budget',
      {
        Budget: { BudgetLimit: { Amount: 50, Unit: 'USD' }, TimeUnit: 'MONTHLY' },
        NotificationsWithSubscribers: [
          { Notification: { NotificationType: 'ACTUAL', Threshold: 80 } },
          {
            Notification: { NotificationType: 'FORECASTED', Threshold: 100 },
            Subscribers: [{ Address: 'operator@example.com', SubscriptionType: 'EMAIL' }],
          },
        ],
      },
    );
  });
});

describe('traces', () => {
  test('are made of functions and state machines only if the operator wants them', () => {
    template.allResourcesProperties('AWS::StepFunctions::StateMachine', { TracingConfiguration: { Enabled: false } });
    expect(JSON.stringify(synthesized)).not.toContain('xray:');
    const traced = templateOf({ issuer: 'dev', tracing: true });
    traced.allResourcesProperties('AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } });
    traced.allResourcesProperties('AWS::StepFunctions::StateMachine', { TracingConfiguration: { Enabled: true } });
  });
});

describe('the alarms', () => {
  test('go to the topic, to which CloudWatch may publish', () => {
    const alarms = resourcesOfType(synthesized, 'AWS::CloudWatch::Alarm');
    const topic = resourcesOfType(synthesized, 'AWS::SNS::Topic')[0]?.id;
    expect(alarms).toHaveLength(20);
    for (const { properties } of alarms) {
      expect(properties).toMatchObject({ AlarmActions: [{ Ref: topic }], TreatMissingData: 'notBreaching' });
    }
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
          }),
        ]),
      },
    });
  });

  test('watch executions, tasks, throttles, answers, the table and its stream', () => {
    const watched = resourcesOfType(synthesized, 'AWS::CloudWatch::Alarm').flatMap(
      ({ properties }) => JSON.stringify(properties).match(/(?<="MetricName":")\w+/g) ?? [],
    );
    expect([...new Set(watched)].sort()).toEqual([
      '5xx',
      'ConcurrentExecutions',
      'DeadLetters',
      'Errors',
      'EventsSetAside',
      'ExecutionThrottled',
      'ExecutionsAborted',
      'ExecutionsFailed',
      'ExecutionsTimedOut',
      'Invocations',
      'IteratorAge',
      'Latency',
      'OpenExecutionCount',
      'SystemErrors',
      'TaskFaults',
      'ThrottledRequests',
      'Throttles',
      'TooManyRequests',
      'WebhooksFailed',
      'WebhooksWaiting',
      'WriteThrottleEvents',
    ]);
  });

  test('count the requests that the access log shows with 429', () => {
    expect(filterOf('TooManyRequests')).toMatchObject({
      FilterPattern: '{ $.status = "429" }',
      LogGroupName: { Ref: expect.stringMatching(/^ApiAccessLog/) },
    });
  });

  test.each([
    ['WebhooksFailed', WEBHOOK_NEEDS_ATTENTION, 'VendorFunctionLog'],
    ['WebhooksWaiting', WEBHOOK_NEEDS_ATTENTION, 'OverdueFunctionLog'],
    ['EventsSetAside', SET_ASIDE, 'EventsFunctionLog'],
    ['DeadLetters', DEAD_LETTER, 'DeliveryFunctionLog'],
    ['TaskFaults', TASK_FAULT, 'WorkflowFunctionLog'],
  ])('count the log lines with %s: "%s" in the %s', (metric, text, log) => {
    expect(filterOf(metric)).toMatchObject({
      FilterPattern: `{ $.message = "*${text}*" }`,
      LogGroupName: { Ref: expect.stringMatching(new RegExp(`^${log}`)) },
    });
  });

  test('find one reprogramming that does not get on, whose task fails at least every 5 minutes', () => {
    const stuck = resourcesOfType(synthesized, 'AWS::CloudWatch::Alarm').find(({ id }) => id.includes('Stuck'));
    expect(stuck?.properties).toMatchObject({
      MetricName: 'TaskFaults',
      Period: 600,
      EvaluationPeriods: 4,
      Threshold: 0,
    });
    const retries = JSON.stringify(readStateMachineDefinition(synthesized)).match(/(?<="MaxDelaySeconds":)\d+/g) ?? [];
    // Every window of 10 minutes then has a failure.
    expect(Math.max(...retries.map(Number)) + 120).toBeLessThan(600);
  });

  function filterOf(metric: string): unknown {
    const filters = resourcesOfType(synthesized, 'AWS::Logs::MetricFilter').map(({ properties }) => properties);
    return filters.find((filter) => JSON.stringify(filter).includes(`"MetricName":"${metric}"`));
  }

  test('count a metric without a data point as 0 if they add up metrics', () => {
    for (const { properties } of resourcesOfType(synthesized, 'AWS::CloudWatch::Alarm')) {
      for (const [expression] of JSON.stringify(properties).matchAll(/(?<="Expression":")[^"]*\+[^"]*/g)) {
        for (const term of expression.split(' + ')) expect(term).toMatch(/^FILL\(\w+, 0\)$/);
      }
    }
  });
});

function templateOf(props: RelicenseStackProps): Template {
  const app = new App({ builtinCloudFormationValidation: false });
  return Template.fromStack(new RelicenseStack(app, 'Relicense', { ...props, bundle: false }));
}
