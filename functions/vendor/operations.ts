import { BULK_ORDER_OPERATIONS } from '../bulk-orders/operations.ts';
import { CONTAINER_OPERATIONS } from '../containers/operations.ts';
import { EVENT_OPERATIONS } from '../events/operations.ts';
import { LICENSE_OPERATIONS } from '../licenses/operations.ts';
import { ORDER_OPERATIONS } from '../orders/operations.ts';
import { PRODUCT_OPERATIONS } from '../products/operations.ts';
import { SKU_MAPPING_OPERATIONS } from '../sku-mappings/operations.ts';
import { TOKEN_OPERATIONS } from '../tokens/operations.ts';
import { WEBHOOK_OPERATIONS } from '../webhooks/operations.ts';

/** The vendor's side: ERP and staff, by token. */
export const VENDOR = {
  ...PRODUCT_OPERATIONS,
  ...SKU_MAPPING_OPERATIONS,
  ...ORDER_OPERATIONS,
  ...LICENSE_OPERATIONS,
  ...BULK_ORDER_OPERATIONS,
  ...CONTAINER_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...EVENT_OPERATIONS,
  ...TOKEN_OPERATIONS,
};
