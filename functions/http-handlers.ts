import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { FunctionName } from '../contract/endpoints.ts';
import { createAuthenticate } from './api/authentication/authenticate.ts';
import { DEPOT } from './api/operations/depot.ts';
import { PUBLIC } from './api/operations/public.ts';
import { VENDOR } from './api/operations/vendor.ts';
import { resultOfError, serve } from './api/serve.ts';
import type { Dependencies } from './dependencies.ts';

const OPERATIONS = { vendor: VENDOR, depot: DEPOT, public: PUBLIC } as const;

/** The HTTP handler of any function, for runners that host them all in one process. */
export function createHttpHandler(
  name: FunctionName,
  dependencies: () => Dependencies,
): (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2> {
  const handle = serve(OPERATIONS[name], dependencies, createAuthenticate());
  return async (event) => {
    try {
      return await handle(event);
    } catch (error) {
      return resultOfError(error, dependencies().log);
    }
  };
}
