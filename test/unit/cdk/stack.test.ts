import { App, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { STACK_FUNCTIONS } from '../../../cdk/function-names.ts';
import { readEnvironment } from '../../../cdk/read-template.ts';
import { RelicenseStack, type RelicenseStackProps } from '../../../cdk/relicense-stack.ts';
import { synthesize } from '../../../cdk/synthesize.ts';
import { SET_ASIDE } from '../../../contract/table.ts';
import { functionResource, resourcesOfType } from './template.ts';

const synthesized = synthesize({ bundle: false, issuer: 'https://licenses.example.com' });
const template = Template.fromJSON(JSON.parse(JSON.stringify(synthesized)));

describe('the table', () => {
  test('is one, paid by request, recoverable to any second, streamed, protected, and kept when the stack goes', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        DeletionProtectionEnabled: true,
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
      },
    });
  });

  test('has one index, of keys only', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
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

describe('the functions', () => {
  test('each run one minified ES module on Node 24 on arm64', () => {
    template.resourceCountIs('AWS::Lambda::Function', STACK_FUNCTIONS.length);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', LogGroup: Match.anyValue() },
    });
  });

  test('get the environment that they need and no more', () => {
    const table = { Ref: resourcesOfType(synthesized, 'AWS::DynamoDB::Table')[0]?.id };
    const key = { Ref: resourcesOfType(synthesized, 'AWS::KMS::Key')[0]?.id };
    const stateMachine = { Ref: resourcesOfType(synthesized, 'AWS::StepFunctions::StateMachine')[0]?.id };
    const served = {
      TABLE_NAME: table,
      STATE_MACHINE_ARN: stateMachine,
      CALLER_REQUESTS_PER_MINUTE: '6000',
      ADDRESS_REQUESTS_PER_MINUTE: '600',
      ADDRESS_FAILURES_PER_MINUTE: '60',
    };
    expect(readEnvironment(synthesized, 'vendor')).toEqual(served);
    expect(readEnvironment(synthesized, 'depot')).toEqual(served);
    expect(readEnvironment(synthesized, 'public')).toEqual({ SIGNING_KEY_ID: key });
    expect(readEnvironment(synthesized, 'workflow')).toEqual({
      TABLE_NAME: table,
      SIGNING_KEY_ID: key,
      ISSUER: 'https://licenses.example.com',
    });
    expect(readEnvironment(synthesized, 'bulk')).toEqual({ TABLE_NAME: table, STATE_MACHINE_ARN: stateMachine });
  });

  test('get the limits and the identity provider that the operator has set, each where it is used', () => {
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

  test('that serve requests give up before API Gateway does, after 30 s', () => {
    for (const name of ['vendor', 'depot', 'public'] as const) {
      expect(functionResource(synthesized, name).properties.Timeout).toBeLessThan(30);
    }
  });

  test('and every other log end after a month', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });
});

describe('the HTTP API', () => {
  test('is throttled, and its access log names the route but never the path, where the ticket code is', () => {
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

  test('may invoke each function that serves a route, and not the workflow', () => {
    const expected = (['vendor', 'depot', 'public'] as const).map((name) =>
      JSON.stringify({ 'Fn::GetAtt': [functionResource(synthesized, name).id, 'Arn'] }),
    );
    const invoked = permissions.map(({ invokes }) => JSON.stringify(invokes));
    expect([...new Set(invoked)].sort()).toEqual(expected.sort());
    // A function's policy ends at 20 KB: there is not one permission for each route.
    expect(permissions.length).toBe(expected.length + 1);
  });

  test('may invoke the function of every route, the one for unknown paths included', () => {
    const integrations = new Map(
      resourcesOfType(synthesized, 'AWS::ApiGatewayV2::Integration').map(({ id, properties }) => [id, properties]),
    );
    const routes = resourcesOfType(synthesized, 'AWS::ApiGatewayV2::Route').map(({ properties }) => properties);
    const refused = routes.filter(({ RouteKey, Target }) => {
      const { IntegrationUri } = integrations.get(targetOf(Target)) ?? {};
      // What API Gateway names as the source: stage, method and path, and of `$default` no path.
      const source = `/$default/${String(RouteKey).replace(' ', '')}`;
      return !permissions.some(
        ({ invokes, from }) => JSON.stringify(invokes) === JSON.stringify(IntegrationUri) && from.test(source),
      );
    });
    expect(refused.map(({ RouteKey }) => RouteKey)).toEqual([]);
    expect(routes.map(({ RouteKey }) => RouteKey)).toContain('$default');
  });
});

/** The pattern behind the API's id in a permission's ARN; a star stands for slashes, too. */
function sourceOf(arn: unknown): RegExp {
  const [, parts] = (arn as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return new RegExp(`^${String(parts.at(-1)).replaceAll('*', '.*')}$`);
}

function targetOf(target: unknown): string {
  const [, parts] = (target as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return (parts.at(-1) as { Ref: string }).Ref;
}

describe('the schedule', () => {
  const { id } = functionResource(synthesized, 'overdue');

  test('invokes the report of overdue actions once a day, and nothing else', () => {
    const rules = resourcesOfType(synthesized, 'AWS::Events::Rule').map(({ properties }) => properties);
    expect(rules).toMatchObject([
      { ScheduleExpression: 'rate(1 day)', State: 'ENABLED', Targets: [{ Arn: { 'Fn::GetAtt': [id, 'Arn'] } }] },
    ]);
    const invoked = resourcesOfType(synthesized, 'AWS::Lambda::Permission').filter(
      ({ properties }) => properties.Principal === 'events.amazonaws.com',
    );
    expect(invoked.map(({ properties }) => properties.FunctionName)).toEqual([{ 'Fn::GetAtt': [id, 'Arn'] }]);
  });

  test('reports after 30 days unless the operator says otherwise', () => {
    expect(readEnvironment(synthesized, 'overdue').OVERDUE_AFTER_DAYS).toBe('30');
    templateOf({ issuer: 'dev', overdueAfterDays: 14 }).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { OVERDUE_AFTER_DAYS: '14' } },
    });
    expect(() => templateOf({ issuer: 'dev', overdueAfterDays: 0.5 })).toThrow('number of days');
  });
});

describe('the stack', () => {
  test('tells where everything is', () => {
    for (const name of ['ApiUrl', 'TableName', 'SigningKeyId', 'StateMachineArn']) template.hasOutput(name, {});
  });

  test('for development leaves nothing behind', () => {
    const development = templateOf({ issuer: 'dev', removalPolicy: RemovalPolicy.DESTROY });
    development.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
    development.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Delete' });
    development.hasResource('AWS::StepFunctions::StateMachine', { DeletionPolicy: 'Delete' });
  });

  test('mails its alarms when it is told where to, and only then', () => {
    template.resourceCountIs('AWS::SNS::Subscription', 0);
    templateOf({ issuer: 'dev', alarmEmail: 'operator@example.com' }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'operator@example.com',
    });
  });
});

describe('the alarms', () => {
  test('reach the topic, and CloudWatch may publish there', () => {
    const alarms = resourcesOfType(synthesized, 'AWS::CloudWatch::Alarm');
    const topic = resourcesOfType(synthesized, 'AWS::SNS::Topic')[0]?.id;
    expect(alarms).toHaveLength(10);
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

  test('watch the executions, the tasks, the throttles, the answers, the table and its stream', () => {
    const watched = resourcesOfType(synthesized, 'AWS::CloudWatch::Alarm').flatMap(
      ({ properties }) => JSON.stringify(properties).match(/(?<="MetricName":")\w+/g) ?? [],
    );
    expect([...new Set(watched)].sort()).toEqual([
      '5xx',
      'Errors',
      'EventsSetAside',
      'ExecutionsFailed',
      'ExecutionsTimedOut',
      'Invocations',
      'IteratorAge',
      'SystemErrors',
      'Throttles',
    ]);
  });

  test('find in the log what the events function says of an event that it cannot read', () => {
    const [filter, ...others] = resourcesOfType(synthesized, 'AWS::Logs::MetricFilter');
    expect(others).toEqual([]);
    expect(filter?.properties).toMatchObject({
      FilterPattern: `{ $.message = "*${SET_ASIDE}*" }`,
      MetricTransformations: [{ MetricNamespace: 'Relicense', MetricName: 'EventsSetAside' }],
    });
  });

  test('that sum up take a metric without a point for zero, or the sum would have none either', () => {
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
