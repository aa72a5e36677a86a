import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { DEPOT } from './depot/operations.ts';
import type { FunctionName } from './endpoints.ts';
import { serve } from './http/serve.ts';
import type { Runtime } from './ports.ts';
import { PUBLIC } from './public/operations.ts';
import { createIdentify } from './tokens/identify.ts';
import { VENDOR } from './vendor/operations.ts';

const OPERATIONS = { vendor: VENDOR, depot: DEPOT, public: PUBLIC } as const;

/** The HTTP handler of any function, for runners that host them all in one process. */
export function createHttpHandler(
  name: FunctionName,
  runtime: () => Runtime,
): (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2> {
  return serve(OPERATIONS[name], runtime, createIdentify());
}
