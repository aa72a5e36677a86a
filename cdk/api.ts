import { Duration, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { CfnRecordSet, HostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { FunctionName } from '../contract/endpoint.ts';
import { ENDPOINTS } from '../contract/endpoints.ts';
import type { HandlerFunction } from './handler-function.ts';
import { type Operation, vendedLog } from './operation.ts';

/** Requests per second for the whole API. Above these, and above twice as many at once, API Gateway answers 429. */
const REQUESTS_PER_SECOND = 200;

/** The API's own domain: needs a certificate, or a hosted zone in which one can be validated. */
export interface CustomDomain {
  readonly name: string;
  /** The zone of Route 53 that gets the record of the domain. Without it, the operator makes the record. */
  readonly hostedZoneId?: string;
  /** A certificate of ACM in the stack's region. Without it, the stack makes one. */
  readonly certificateArn?: string;
}

export interface ApiProps {
  readonly operation: Operation;
  readonly domain?: CustomDomain;
  readonly requestsPerSecond?: number;
  readonly functions: Readonly<Record<FunctionName, HandlerFunction>>;
}

/** The HTTP API: one route per entry of `ENDPOINTS`, and `$default`. */
export class Api extends Construct {
  readonly stage: HttpStage;
  /** Ends with a slash. */
  readonly url: string;
  /** Counts the requests that API Gateway or a function answered with 429. */
  readonly tooManyRequests: Metric;
  /** Where the record of the domain has to point, if the stack does not make it. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { domain, requestsPerSecond = REQUESTS_PER_SECOND } = props;
    const domainName = domain === undefined ? undefined : newDomain(this, domain);
    const api = new HttpApi(this, 'Api', {
      description: 'Relicense',
      createDefaultStage: false,
      // Otherwise containers could be installed with an address that ends with this API.
      disableExecuteApiEndpoint: domainName !== undefined,
    });
    const integrate = (name: FunctionName) =>
      // One permission per function, not per route, because a function's policy may have at most 20 KB.
      new HttpLambdaIntegration(name, props.functions[name].invoked, { scopePermissionToRoute: false });
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
      integration: new HttpLambdaIntegration('default', props.functions.public.invoked),
      authorizer: new HttpNoneAuthorizer(),
    });

    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        "The functions authorize: the vendor by a token with scopes whose hash is in the table, the customer's user by the " +
        "ticket code and the container's signature. The other endpoints are public on purpose.",
    });

    const log = vendedLog(this, 'AccessLog', 'apis', props.operation);
    this.tooManyRequests = log
      .addMetricFilter('TooManyRequests', {
        filterPattern: FilterPattern.stringValue('$.status', '=', '429'),
        metricNamespace: 'Relicense',
        metricName: 'TooManyRequests',
      })
      .metric({ period: Duration.minutes(5), statistic: Stats.SUM });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: requestsPerSecond, burstLimit: 2 * requestsPerSecond },
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: ACCESS_LOG_FORMAT,
      },
      ...(domainName === undefined ? {} : { domainMapping: { domainName } }),
    });
    this.url = domain === undefined ? this.stage.url : `https://${domain.name}/`;
    this.domainTarget = domain?.hostedZoneId === undefined ? domainName?.regionalDomainName : undefined;
  }
}

function newDomain(scope: Construct, { name, hostedZoneId, certificateArn }: CustomDomain): DomainName {
  const certificate =
    certificateArn === undefined
      ? new Certificate(scope, 'Certificate', {
          domainName: name,
          validation: CertificateValidation.fromDns(
            hostedZoneId === undefined ? undefined : HostedZone.fromHostedZoneId(scope, 'Zone', hostedZoneId),
          ),
        })
      : Certificate.fromCertificateArn(scope, 'Certificate', certificateArn);
  const domain = new DomainName(scope, 'Domain', {
    domainName: name,
    certificate,
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  if (hostedZoneId !== undefined) {
    new CfnRecordSet(scope, 'DomainRecord', {
      name,
      type: 'A',
      hostedZoneId,
      aliasTarget: { dnsName: domain.regionalDomainName, hostedZoneId: domain.regionalHostedZoneId },
    });
  }
  return domain;
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
