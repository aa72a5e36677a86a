import { BULK_ORDERS_DOCS } from './bulk-orders.docs.ts';
import { CONTAINERS_DOCS } from './containers.docs.ts';
import { DEPOT_DOCS } from './depot.docs.ts';
import type { DocsOf } from './docs.ts';
import type { EndpointName } from './endpoints.ts';
import { EVENTS_DOCS } from './events.docs.ts';
import { KEY_SETS_DOCS } from './key-sets.docs.ts';
import { KEYS_DOCS } from './keys.docs.ts';
import { LICENSES_DOCS } from './licenses.docs.ts';
import { ORDERS_DOCS } from './orders.docs.ts';
import { PRODUCTS_DOCS } from './products.docs.ts';
import { PUBLIC_DOCS } from './public.docs.ts';
import { SKU_MAPPINGS_DOCS } from './sku-mappings.docs.ts';
import { TOKENS_DOCS } from './tokens.docs.ts';
import { WEBHOOKS_DOCS } from './webhooks.docs.ts';

/** The docs of every endpoint. The compiler reports an endpoint without docs. */
export const ENDPOINT_DOCS: DocsOf<EndpointName> = {
  ...PRODUCTS_DOCS,
  ...SKU_MAPPINGS_DOCS,
  ...ORDERS_DOCS,
  ...LICENSES_DOCS,
  ...BULK_ORDERS_DOCS,
  ...CONTAINERS_DOCS,
  ...WEBHOOKS_DOCS,
  ...EVENTS_DOCS,
  ...TOKENS_DOCS,
  ...KEY_SETS_DOCS,
  ...DEPOT_DOCS,
  ...KEYS_DOCS,
  ...PUBLIC_DOCS,
};
