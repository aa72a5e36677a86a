import type { AnswerOf } from './endpoints.ts';

/** The examples of the documentation: a vendor of CAD software, its customer ACME, and one container. */

export const SERIAL = 'c7Ub2KkXwZ0tqYd5vR1sN8mHfG3jLpAeTiQoW9xZy4E';
export const CONTAINER_NAME = 'Reception PC';
export const TICKET = '7K3QD-0ZX5M-8RTFW-2HVPA-N6C9E';
export const ORDER_ID = 'SO-2026-0815';
export const CAD = '00007ZK2Q9XW4MTBR5HN';
export const CAD_2 = '0000H4T9RWQ2ZX7HB4NC';
export const RENDER = '0001D3VPC8EYG6SJ0AFK';
export const RENDER_2 = '0001M5T9RWQ2ZX7HB4NC';
export const REPROGRAMMING = `${SERIAL}-8-4XJ7TQ9M2RZC5WKD0BHN`;
export const SOLD_AT = '2026-11-02T09:30:00.000Z';
export const COLLECTED_AT = '2026-11-03T14:12:09.412Z';
export const ORDERED_AT = '2026-11-20T08:05:31.007Z';
export const EVENT = '01JCSV8Q3M7XZ2K4T9RWD5HBN0';
export const GENERATED_ID = '4XJ7TQ9M2RZC5WKD';
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** Has the right form, but no valid signature. */
export const CONTEXT = jws(
  { alg: 'Ed25519', typ: 'relicense-context+jwt' },
  {
    ver: 1,
    iss: SERIAL,
    aud: 'https://licenses.example.com',
    jti: '5f0c6b1e-6d0e-4c8e-9d53-0c8e8b1d4a11',
    iat: 1795391990,
    counter: 7,
    digest: digest('7'),
    keys: 1,
    lease: '',
  },
);

function jws(header: object, payload: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${'A'.repeat(86)}`;
}

export const PRODUCT = {
  code: 'render',
  name: 'Render',
  features: ['gpu'],
  requires: ['cad'],
  leaseDays: 30,
  upgradeOf: 'render-basic',
};

export const CAD_LICENSE: AnswerOf<'getLicense'> = {
  id: CAD,
  product: 'cad',
  terms: { maintenanceUntil: '2027-11-30T00:00:00Z' },
  requires: [],
  ticket: TICKET,
  container: SERIAL,
  state: 'confirmed-collected',
  orderId: ORDER_ID,
};

export const RENDER_LICENSE: AnswerOf<'getLicense'> = {
  id: RENDER,
  product: 'render',
  terms: {},
  requires: ['cad'],
  ticket: TICKET,
  container: SERIAL,
  containerName: CONTAINER_NAME,
  pending: {
    action: 'withdraw',
    container: SERIAL,
    containerName: CONTAINER_NAME,
    lastContactAt: COLLECTED_AT,
    orderedAt: ORDERED_AT,
    reason: 'Sold by mistake',
    waitsFor: 'update',
  },
  state: 'confirmed-collected',
  orderId: ORDER_ID,
};

export const NEW_LICENSE: AnswerOf<'getLicense'> = {
  id: RENDER_2,
  product: 'render',
  terms: { expiresAt: '2027-11-30T00:00:00Z' },
  requires: ['cad'],
  ticket: TICKET,
  state: 'available',
  orderId: ORDER_ID,
  predecessor: RENDER,
};

export const CUSTOMER = { company: 'ACME', number: 'K-4711' };

const SOLD = {
  orderId: ORDER_ID,
  customer: CUSTOMER,
  createdAt: SOLD_AT,
};

const COUNTS = {
  available: 0,
  'collected-without-receipt': 0,
  'confirmed-collected': 2,
  'returned-without-receipt': 0,
  withdrawn: 0,
  replaced: 0,
};

export const ORDER: AnswerOf<'getOrder'> = {
  ...SOLD,
  revision: 1,
  ticket: TICKET,
  licenses: [CAD_LICENSE, RENDER_LICENSE],
  counts: COUNTS,
};

const asDelivered = ({ id, product, terms, requires, ticket, orderId }: AnswerOf<'getLicense'>) =>
  ({ id, product, terms, requires, ticket, state: 'available', orderId }) as const;

export const NEW_ORDER: AnswerOf<'createOrder'> = {
  ...SOLD,
  revision: 1,
  ticket: TICKET,
  licenses: [asDelivered(CAD_LICENSE), asDelivered(RENDER_LICENSE)],
  counts: { ...COUNTS, available: 2, 'confirmed-collected': 0 },
};

export const REVISED_ORDER: AnswerOf<'reviseOrder'> = {
  orderId: ORDER_ID,
  ticket: TICKET,
  revision: 2,
  units: [
    { index: 0, outcome: 'replaced', pending: true, license: CAD, successor: CAD_2 },
    { index: 1, outcome: 'withdrawn', pending: true, license: RENDER },
  ],
};

export const ORDER_SUMMARY: AnswerOf<'listOrders'>['items'][number] = {
  ...SOLD,
  ticket: TICKET,
  items: [
    { product: 'cad', quantity: 1, terms: { maintenanceUntil: '2027-11-30T00:00:00Z' } },
    { product: 'render', quantity: 1 },
  ],
};

export const TICKET_ORDER: AnswerOf<'lookUpTicket'> = {
  code: TICKET,
  ticket: TICKET,
  ...SOLD,
  revision: 1,
  licenses: ORDER.licenses,
  counts: COUNTS,
  containers: [SERIAL],
  links: {
    order: `/orders/${ORDER_ID}`,
    history: `/orders/${ORDER_ID}/history`,
    ordersOfCustomer: ['/orders?customer=ACME&customerName=ACME', '/orders?customer=K-4711&customerName=K-4711'],
  },
};

export const HISTORY_EVENT: AnswerOf<'getOrderHistory'>['items'][number] = {
  id: EVENT,
  type: 'withdrawal.ordered',
  license: RENDER,
  container: SERIAL,
  reason: 'Sold by mistake',
  at: ORDERED_AT,
  actor: 'vendor',
  orderId: ORDER_ID,
};

export const AUTO_UPDATE: AnswerOf<'findAutoUpdates'>['items'][number] = {
  action: 'withdraw',
  license: RENDER,
  product: 'render',
  orderedAt: ORDERED_AT,
  reason: 'Sold by mistake',
};

export const CONTAINER: AnswerOf<'getContainer'> = {
  serial: SERIAL,
  name: CONTAINER_NAME,
  note: 'ACME, ground floor',
  counter: 7,
  digest: digest('7'),
  status: 'active',
  contents: [
    { license: CAD, product: 'cad', state: 'confirmed' },
    { license: RENDER, product: 'render', state: 'confirmed', pending: 'withdraw' },
  ],
  licenses: [CAD, RENDER],
  pending: [AUTO_UPDATE],
  outstanding: [],
  target: { counter: 7, digest: digest('7') },
  firstSeenAt: '2026-11-03T14:11:58.003Z',
  lastContactAt: COLLECTED_AT,
};

export const UPDATE: AnswerOf<'getUpdates'>['updates'][number] = {
  jws: jws(
    { alg: 'Ed25519', kid: '2026', typ: 'relicense-update+jwt' },
    {
      iss: 'https://licenses.example.com',
      sub: SERIAL,
      jti: REPROGRAMMING,
      iat: 1795392000,
      from: { counter: 7, digest: digest('7') },
      to: { counter: 8, digest: digest('8') },
    },
  ),
  operations: [{ op: 'remove', license: RENDER, cause: 'withdraw' }],
};

export const KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
} as const;

/** Has the right form, but no valid signature. */
export const KEY_SET = {
  jws: [
    jws(
      { alg: 'Ed25519', kid: KEY.kid, typ: 'relicense-keys+jwt' },
      {
        iss: 'https://licenses.example.com',
        version: 1,
        iat: 1795300000,
        root: { threshold: 1, keys: [KEY] },
        update: [KEY],
      },
    ),
  ],
};

export const EVIDENCE: AnswerOf<'getLicenseEvidence'> = {
  type: 'relicense-evidence',
  version: 1,
  iss: 'https://licenses.example.com',
  license: RENDER,
  order: ORDER_ID,
  before: {
    counter: 7,
    licenses: [
      { id: CAD, product: 'cad', terms: { maintenanceUntil: '2027-11-30T00:00:00Z' }, requires: [] },
      { id: RENDER, product: 'render', terms: {}, requires: ['cad'] },
    ],
  },
  updates: [UPDATE],
  receipt: CONTEXT,
  keySets: [KEY_SET],
};

const NOTHING = { withdraw: [], deactivate: [], assign: [], replace: [], activate: [] };

export const PLANNED: AnswerOf<'createReprogramming', 202> = {
  id: REPROGRAMMING,
  status: 'planned',
  executed: NOTHING,
  dropped: [],
  updates: [],
};

export const ISSUED: AnswerOf<'createReprogramming', 200> = {
  id: REPROGRAMMING,
  status: 'issued',
  executed: { ...NOTHING, withdraw: [RENDER] },
  dropped: [{ action: 'deactivate', license: RENDER, reason: 'withdrawn' }],
  updates: [UPDATE],
};

export const CURSOR = 'eyJhZnRlciI6IjAxSkNTVjhRM003WFoyIn0';
