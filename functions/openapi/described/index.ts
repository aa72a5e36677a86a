import type { EndpointName } from '../../../contract/endpoints.ts';
import { BULK_ORDERS_DESCRIBED } from './bulk-orders.ts';
import { CONTAINERS_DESCRIBED } from './containers.ts';
import { DEPOT_DESCRIBED } from './depot.ts';
import type { DocsOf } from './described.ts';
import { EVENTS_DESCRIBED } from './events.ts';
import { LICENSES_DESCRIBED } from './licenses.ts';
import { ORDERS_DESCRIBED } from './orders.ts';
import { PRODUCTS_DESCRIBED } from './products.ts';
import { PUBLIC_DESCRIBED } from './public.ts';
import { TOKENS_DESCRIBED } from './tokens.ts';
import { WEBHOOKS_DESCRIBED } from './webhooks.ts';

/** Every endpoint in words and examples: one that is not described does not compile. */
export const ENDPOINT_DOCS: DocsOf<EndpointName> = {
  ...PRODUCTS_DESCRIBED,
  ...ORDERS_DESCRIBED,
  ...LICENSES_DESCRIBED,
  ...BULK_ORDERS_DESCRIBED,
  ...CONTAINERS_DESCRIBED,
  ...WEBHOOKS_DESCRIBED,
  ...EVENTS_DESCRIBED,
  ...TOKENS_DESCRIBED,
  ...DEPOT_DESCRIBED,
  ...PUBLIC_DESCRIBED,
};
