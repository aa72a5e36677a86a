import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { parseTime } from '../parse-values.ts';

const STATES = ['available', 'collected-without-receipt', 'confirmed-collected', 'returned-without-receipt'] as const;
const PENDING = ['withdraw', 'replace', 'assign'] as const;

/** The conditions of a query for licenses. */
export const QUERY_OPTIONS = {
  state: { value: 'STATE', help: 'in this state', choices: STATES },
  product: { value: 'PRODUCT', help: 'of this product', completes: 'product' },
  order: { value: 'ORDER', help: 'of this order', completes: 'order' },
  ticket: { value: 'TICKET', help: 'on this ticket' },
  container: { value: 'CONTAINER', help: 'in this container', completes: 'container' },
  customer: { value: 'TEXT', help: 'of this customer' },
  pending: { value: 'ACTION', help: 'with this action of yours pending', choices: PENDING },
  'expires-before': { value: 'TIME', help: 'that expire before then; a day means its beginning in UTC' },
} as const;

export interface LicenseQuery {
  state?: (typeof STATES)[number];
  product?: string;
  orderId?: string;
  ticket?: string;
  container?: string;
  customer?: string;
  pending?: (typeof PENDING)[number];
  expiresBefore?: string;
}

export function parseQuery(given: ParsedArguments<keyof typeof QUERY_OPTIONS>): LicenseQuery {
  return defined({
    state: STATES.find((state) => state === given.text('state')),
    product: given.text('product'),
    orderId: given.text('order'),
    ticket: given.text('ticket'),
    container: given.text('container'),
    customer: given.text('customer'),
    pending: PENDING.find((action) => action === given.text('pending')),
    expiresBefore: parseTime('expires-before', given.text('expires-before')),
  });
}
