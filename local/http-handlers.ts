import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { FunctionName } from '../contract/endpoint.ts';
import { ENDPOINTS } from '../contract/endpoints.ts';
import { createAuthenticate } from '../functions/api/authentication/authenticate.ts';
import { isOpenToPages, openToPages } from '../functions/api/cross-origin.ts';
import { DEPOT_ROUTES } from '../functions/api/operations/depot.ts';
import { createPublicRoutes } from '../functions/api/operations/public.ts';
import { VENDOR_ROUTES } from '../functions/api/operations/vendor.ts';
import { resultOfError, serve } from '../functions/api/serve.ts';
import type { Dependencies } from '../functions/dependencies.ts';
import { DOCUMENTATION } from '../functions/openapi/documentation.ts';

const ROUTES = {
  vendor: VENDOR_ROUTES,
  depot: DEPOT_ROUTES,
  public: createPublicRoutes(DOCUMENTATION),
} as const;

/** The HTTP handler of any function, for runners that host them all in one process. */
export function createHttpHandler(
  name: FunctionName,
  dependencies: () => Dependencies,
): (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2> {
  const known = name === 'public' ? ENDPOINTS : undefined;
  const handle = serve(ROUTES[name], dependencies, createAuthenticate(), known);
  const answer = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    try {
      return await handle(event);
    } catch (error) {
      return resultOfError(error, dependencies().log);
    }
  };
  if (!isOpenToPages(name)) return answer;
  return async (event) => openToPages(event, await answer(event), dependencies().corsOrigins);
}
