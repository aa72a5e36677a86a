import type { Command } from './command.ts';
import { AUDIT_COMMANDS } from './commands/audit.ts';
import { BULK_ORDER_COMMANDS } from './commands/bulk-orders.ts';
import { COMPLETION_COMMANDS } from './commands/completion.ts';
import { CONTAINER_COMMANDS } from './commands/containers.ts';
import { CUSTOMER_COMMANDS } from './commands/customers.ts';
import { EVENT_COMMANDS } from './commands/events.ts';
import { EVIDENCE_COMMANDS } from './commands/evidence.ts';
import { KEY_SET_COMMANDS } from './commands/key-sets.ts';
import { LICENSE_COMMANDS } from './commands/licenses.ts';
import { LOGIN_COMMANDS } from './commands/login.ts';
import { ORDER_COMMANDS } from './commands/orders.ts';
import { PRODUCT_COMMANDS } from './commands/products.ts';
import { SKU_MAPPING_COMMANDS } from './commands/sku-mappings.ts';
import { TOKEN_COMMANDS } from './commands/tokens.ts';
import { VENDOR_ACTION_COMMANDS } from './commands/vendor-actions.ts';
import { WEBHOOK_COMMANDS } from './commands/webhooks.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...LOGIN_COMMANDS,
  ...PRODUCT_COMMANDS,
  ...SKU_MAPPING_COMMANDS,
  ...ORDER_COMMANDS,
  ...CUSTOMER_COMMANDS,
  ...LICENSE_COMMANDS,
  ...VENDOR_ACTION_COMMANDS,
  ...EVIDENCE_COMMANDS,
  ...BULK_ORDER_COMMANDS,
  ...CONTAINER_COMMANDS,
  ...AUDIT_COMMANDS,
  ...WEBHOOK_COMMANDS,
  ...EVENT_COMMANDS,
  ...KEY_SET_COMMANDS,
  ...TOKEN_COMMANDS,
  ...COMPLETION_COMMANDS,
];
