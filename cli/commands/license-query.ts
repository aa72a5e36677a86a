import { defined } from '../../protocol/defined.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { resolveContainer } from '../containers.ts';
import { parseTime } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { CUSTOMER_OPTIONS, parseCustomer } from './customers.ts';

const STATES = ['available', 'collected-without-receipt', 'confirmed-collected', 'returned-without-receipt'] as const;
const FINAL_STATES = ['withdrawn', 'replaced'] as const;
const PENDING = ['withdraw', 'replace', 'assign', 'renew'] as const;

/** The conditions of a bulk order. */
export const QUERY_OPTIONS = {
  state: { value: 'STATE', help: 'in this state', choices: STATES },
  product: { value: 'PRODUCT', help: 'of this product', completes: 'product' },
  order: { value: 'ORDER', help: 'of this order', completes: 'order' },
  ticket: { value: 'TICKET', help: 'on this ticket' },
  container: {
    value: 'CONTAINER',
    help: 'in the container with this serial, or beginning of one',
    completes: 'container',
  },
  customer: { value: 'NAME', help: 'of customers with exactly this name', completes: 'customer' },
  pending: { value: 'ACTION', help: 'with this action of yours pending', choices: PENDING },
  'expires-before': { value: 'TIME', help: 'that expire before then; a day means its beginning in UTC' },
} as const;

/** The conditions of the list of licenses. */
export const LIST_QUERY_OPTIONS = {
  ...QUERY_OPTIONS,
  ...CUSTOMER_OPTIONS,
  state: { ...QUERY_OPTIONS.state, choices: [...STATES, ...FINAL_STATES] },
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

/** @throws UsageError or NothingFoundError, also when the beginning of a serial does not lead to one container */
export async function parseQuery(
  given: ParsedArguments<keyof typeof QUERY_OPTIONS>,
  session: Session,
): Promise<LicenseQuery> {
  const container = given.text('container');
  return defined({
    state: STATES.find((state) => state === given.text('state')),
    product: given.text('product'),
    orderId: given.text('order'),
    ticket: given.text('ticket'),
    container: container === undefined ? undefined : await resolveContainer(session, container, '--container'),
    customer: given.text('customer'),
    pending: PENDING.find((action) => action === given.text('pending')),
    expiresBefore: parseTime('expires-before', given.text('expires-before')),
  });
}

interface ListQuery extends Omit<LicenseQuery, 'state'> {
  state?: (typeof LIST_QUERY_OPTIONS)['state']['choices'][number];
  customerName?: string;
}

export async function parseListQuery(
  given: ParsedArguments<keyof typeof LIST_QUERY_OPTIONS>,
  session: Session,
): Promise<ListQuery> {
  const state = LIST_QUERY_OPTIONS.state.choices.find((one) => one === given.text('state'));
  return { ...(await parseQuery(given, session)), ...parseCustomer(given), ...defined({ state }) };
}
