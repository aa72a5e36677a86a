import { BULK_ORDERS } from '../../../contract/bulk-orders.ts';
import { CONTAINERS } from '../../../contract/containers.ts';
import { EVENTS } from '../../../contract/events.ts';
import { KEY_SETS } from '../../../contract/key-sets.ts';
import { LICENSES } from '../../../contract/licenses.ts';
import { ORDERS } from '../../../contract/orders.ts';
import { PRODUCTS } from '../../../contract/products.ts';
import { SKU_MAPPINGS } from '../../../contract/sku-mappings.ts';
import { TOKENS } from '../../../contract/tokens.ts';
import { WEBHOOKS } from '../../../contract/webhooks.ts';
import { createRoutes } from '../route.ts';
import { BULK_ORDER_OPERATIONS } from './bulk-orders.ts';
import { CONTAINER_OPERATIONS } from './containers.ts';
import { EVENT_OPERATIONS } from './events.ts';
import { KEY_SET_OPERATIONS } from './key-sets.ts';
import { LICENSE_OPERATIONS } from './licenses.ts';
import { ORDER_OPERATIONS } from './orders.ts';
import { PRODUCT_OPERATIONS } from './products.ts';
import { SKU_MAPPING_OPERATIONS } from './sku-mappings.ts';
import { TOKEN_OPERATIONS } from './tokens.ts';
import { WEBHOOK_OPERATIONS } from './webhooks.ts';

/** The routes of the vendor: ERP and staff, with tokens. */
export const VENDOR_ROUTES = createRoutes(
  {
    ...PRODUCTS,
    ...SKU_MAPPINGS,
    ...ORDERS,
    ...LICENSES,
    ...BULK_ORDERS,
    ...CONTAINERS,
    ...WEBHOOKS,
    ...EVENTS,
    ...TOKENS,
    ...KEY_SETS,
  },
  {
    ...PRODUCT_OPERATIONS,
    ...SKU_MAPPING_OPERATIONS,
    ...ORDER_OPERATIONS,
    ...LICENSE_OPERATIONS,
    ...BULK_ORDER_OPERATIONS,
    ...CONTAINER_OPERATIONS,
    ...WEBHOOK_OPERATIONS,
    ...EVENT_OPERATIONS,
    ...TOKEN_OPERATIONS,
    ...KEY_SET_OPERATIONS,
  },
);
