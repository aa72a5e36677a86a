import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionName } from '../contract/endpoint.ts';
import { ENDPOINTS } from '../contract/endpoints.ts';
import type { HandlerFunction } from './handler-function.ts';

/** Requests per second and burst for the whole API. Above these, API Gateway answers 429. */
const THROTTLE = { rateLimit: 200, burstLimit: 400 };

export interface ApiProps {
  readonly functions: Readonly<Record<FunctionName, HandlerFunction>>;
}

/** The HTTP API: one route per entry of `ENDPOINTS`, and `$default`. */
export class Api extends Construct {
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', {
      description: 'Relicense',
      createDefaultStage: false,
    });
    const integrate = (name: FunctionName) =>
      // One permission per function, not per route, because a function's policy may have at most 20 KB.
      new HttpLambdaIntegration(name, props.functions[name].lambda, { scopePermissionToRoute: false });
    const integrations: Record<FunctionName, HttpLambdaIntegration> = {
      vendor: integrate('vendor'),
      depot: integrate('depot'),
      public: integrate('public'),
    };
    for (const endpoint of ENDPOINTS) {
      new HttpRoute(this, endpoint.name, {
        httpApi: api,
        // API Gateway does not route HEAD to GET. With ANY, the function also answers other methods, with 405.
        routeKey: HttpRouteKey.with(endpoint.path, HttpMethod[endpoint.method === 'GET' ? 'ANY' : endpoint.method]),
        integration: integrations[endpoint.function],
        authorizer: new HttpNoneAuthorizer(),
      });
    }
    // Without this route, API Gateway would itself answer unknown paths, and other methods on a path without GET.
    new HttpRoute(this, 'default', {
      httpApi: api,
      routeKey: HttpRouteKey.DEFAULT,
      // The permissions above do not match `$default`, because its ARN has no path.
      integration: new HttpLambdaIntegration('default', props.functions.public.lambda),
      authorizer: new HttpNoneAuthorizer(),
    });

    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        "The functions authorize: the vendor by a token with scopes whose hash is in the table, the customer's user by the " +
        "ticket code and the container's signature. The other endpoints are public on purpose.",
    });

    const log = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: ACCESS_LOG_FORMAT },
    });
  }
}

/** The route, never the path: the path can contain a ticket code, which is all that a user needs to get a license. */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    at: '$context.requestTimeEpoch',
    requestId: '$context.requestId',
    sourceIp: '$context.identity.sourceIp',
    route: '$context.routeKey',
    status: '$context.status',
    latencyMilliseconds: '$context.responseLatency',
    integrationError: '$context.integrationErrorMessage',
  }),
);
