/** A vendor and its customers on a real engine, over HTTP. */
import { randomBytes } from 'node:crypto';
import { type RunningRuntime, type RuntimeOptions, startRuntime } from '../../local/runtime.ts';
import { extendKeySets, type KeySet } from '../../protocol/index.ts';
import type {
  AutoUpdateBody,
  ContainerBody,
  EventBody,
  LicenseBody,
  ListBody,
  OrderBody,
  ReprogrammingBody,
  TicketBody,
} from './answers.ts';
import { type Client, createClient, type Reply } from './client.ts';
import { newTestContainer, type TestContainer } from './test-container.ts';

export interface Item {
  readonly product: string;
  readonly quantity?: number;
  readonly terms?: Readonly<Record<string, unknown>>;
}

/** A user's choice: licenses as a ticket shows them. */
export interface Chosen {
  readonly activate?: readonly { readonly id: string; readonly ticket: string }[];
  readonly deactivate?: readonly string[];
}

export interface Customer {
  readonly serial: string;
  readonly container: TestContainer;
  /** Asks with a context made now, and waits for the update. */
  ask(chosen?: Chosen, more?: Readonly<Record<string, unknown>>): Promise<Reply<ReprogrammingBody>>;
  /** Asks, and fails unless an update is there. */
  reprogram(chosen?: Chosen): Promise<ReprogrammingBody>;
  apply(updates: ReprogrammingBody['updates']): Promise<void>;
  receipt(): Promise<Reply<{ status: string }>>;
  /** The whole round trip: asks, applies, sends the receipt. */
  sync(chosen?: Chosen): Promise<ReprogrammingBody>;
}

export interface World {
  readonly running: RunningRuntime;
  readonly vendor: Client;
  readonly user: Client;
  /** The published key sets. */
  readonly keySets: readonly KeySet[];
  /** The states that the execution of this name has entered, in order. */
  statesOf(execution: string): readonly string[];
  /** Registers a product under a new code. */
  product(requires?: readonly string[]): Promise<string>;
  /** Sells under a new order id. */
  order(items: readonly Item[], orderId?: string): Promise<OrderBody>;
  /** Sells one unit of each product; returns the licenses in this order. */
  sell(...products: readonly string[]): Promise<LicenseBody[]>;
  customer(container?: TestContainer): Promise<Customer>;
  license(id: string): Promise<LicenseBody>;
  ticket(code: string): Promise<readonly LicenseBody[]>;
  containerOf(serial: string): Promise<ContainerBody>;
  autoUpdates(serial: string): Promise<readonly AutoUpdateBody[]>;
  historyOf(of: { readonly container: string } | { readonly order: string }): Promise<EventBody[]>;
  close(): Promise<void>;
}

export async function openWorld(options: Partial<RuntimeOptions> = {}): Promise<World> {
  const entered = new Map<string, string[]>();
  const running = await startRuntime({
    home: undefined,
    port: 0,
    onStateEntered: (execution, state) => {
      const states = entered.get(execution);
      if (states === undefined) entered.set(execution, [state]);
      else states.push(state);
    },
    ...options,
  });
  const close = () => running.close();
  return {
    ...(await connect(running.url, running.token)),
    running,
    statesOf: (name) => entered.get(name) ?? [],
    close,
  };
}

/** The same world over its address alone. */
export async function connect(url: string, token: string): Promise<Omit<World, 'running' | 'statesOf' | 'close'>> {
  const vendor = createClient(url, token);
  const user = createClient(url);
  const { keySets } = ok(await user<{ keySets: unknown[] }>('GET', '/.well-known/relicense-keys'));
  const verified = await extendKeySets([], keySets);
  if (!verified.ok) throw new Error(`The key sets of the server are refused: ${verified.code}`);

  const order: World['order'] = async (items, orderId = fresh('order')) =>
    ok(await vendor<OrderBody>('POST', '/orders', { body: { orderId, items } }));

  return {
    vendor,
    user,
    keySets: verified.keySets,
    order,
    async product(requires = []) {
      const code = fresh('product');
      ok(await vendor('PUT', `/products/${code}`, { body: { name: code, requires } }));
      return code;
    },
    async sell(...products) {
      return [...(await order(products.map((product) => ({ product })))).licenses];
    },
    async customer(container) {
      return customerWith(user, container ?? (await newTestContainer(verified.keySets)));
    },
    license: async (id) => ok(await vendor<LicenseBody>('GET', `/licenses/${id}`)),
    ticket: async (code) => ok(await user<TicketBody>('GET', `/depot/tickets/${code}`)).licenses,
    containerOf: async (serial) => ok(await vendor<ContainerBody>('GET', `/containers/${serial}`)),
    autoUpdates: async (serial) =>
      ok(await vendor<ListBody<AutoUpdateBody>>('GET', `/containers/${serial}/auto-updates`)).items,
    async historyOf(of) {
      const path =
        'order' in of ? `/orders/${encodeURIComponent(of.order)}/history` : `/containers/${of.container}/history`;
      return readAll<EventBody>(vendor, path);
    },
  };
}

function isInFlight({ status, body }: Reply<unknown>): boolean {
  return status === 409 && (body as { code?: string }).code === 'reprogramming-in-flight';
}

function customerWith(user: Client, container: TestContainer): Customer {
  const self: Customer = {
    serial: container.serial,
    container,
    async ask({ activate, deactivate } = {}, more = {}) {
      const wishes = {
        ...(activate === undefined ? {} : { activate: activate.map(({ id, ticket }) => ({ ticket, license: id })) }),
        ...(deactivate === undefined ? {} : { deactivate }),
      };
      const body = { ...(await container.request(wishes)), ...more };
      return user<ReprogrammingBody>('POST', '/depot/reprogrammings', { body, headers: { prefer: 'wait=10' } });
    },
    async reprogram(chosen) {
      let reply = await self.ask(chosen);
      for (let again = 0; again < MOST_WAITS; again++) {
        // A busy machine or a large request: the reprogramming continues, and its id leads to it.
        if (reply.status === 202) reply = await found(user, reply.body.id);
        // Another reprogramming holds the lock for longer than a request waits: retried, as the answer says.
        else if (isInFlight(reply)) reply = await self.ask(chosen);
        else break;
      }
      return ok(reply, 200);
    },
    apply: (updates) => container.apply({ updates }),
    receipt: async () =>
      user<{ status: string }>('POST', '/depot/receipts', { body: { context: await container.context() } }),
    async sync(chosen) {
      const answer = await self.reprogram(chosen);
      await container.apply(answer);
      await container.apply(ok(await self.receipt(), 200));
      return answer;
    },
  };
  return self;
}

const MOST_WAITS = 10;

async function found(user: Client, id: string): Promise<Reply<ReprogrammingBody>> {
  const reply = await user<ReprogrammingBody>('GET', `/depot/reprogrammings/${id}`, { headers: { prefer: 'wait=10' } });
  return reply.body.status === 'planned' ? { ...reply, status: 202 } : reply;
}

/** Every item of a list, page by page. */
export async function readAll<Item>(
  client: Client,
  path: string,
  limit?: number,
  conditions: Readonly<Record<string, string>> = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams(conditions);
    if (limit !== undefined) query.set('limit', String(limit));
    if (cursor !== undefined) query.set('cursor', cursor);
    const page = ok(await client<ListBody<Item>>('GET', `${path}${query.size === 0 ? '' : `?${query}`}`));
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}

/** The body of a successful answer. @throws with the answer's text otherwise. */
export function ok<Body>(reply: Reply<Body>, status?: number): Body {
  const expected = status === undefined ? reply.status >= 200 && reply.status < 300 : reply.status === status;
  if (!expected) throw new Error(`Answered ${reply.status}, not ${status ?? '2xx'}: ${reply.text.slice(0, 2_000)}`);
  return reply.body;
}

/** The value. @throws if it is undefined. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A value is missing.');
  return value;
}

export function fresh(kind: string): string {
  return `${kind}-${randomBytes(5).toString('hex')}`;
}
