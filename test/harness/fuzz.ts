/** Sends generated requests to an endpoint, and collects the answers that no request may get. */
import fc from 'fast-check';
import type { NamedEndpoint } from '../../contract/endpoints.ts';
import type { ListBody } from './answers.ts';
import { arbitraryRequest, type GeneratedRequest, type Known } from './arbitrary-request.ts';
import type { Client, Reply } from './client.ts';
import { problemOf } from './expect-problem.ts';
import { fresh, ok, present, type World } from './world.ts';

const AT_ONCE = 16;

const LOST = 2;

/** Creates items of each kind in several states, so that a valid request finds something. */
export async function furnish(world: Omit<World, 'running' | 'statesOf' | 'close'>): Promise<Known> {
  const base = await world.product();
  const addOn = await world.product([base]);
  ok(await world.vendor('PUT', '/sku-mappings/known', { body: { items: [{ product: base }] } }));
  const order = await world.order([
    { product: base, quantity: 12 },
    { product: addOn, quantity: 4 },
  ]);
  const customers = await Promise.all(Array.from({ length: 8 }, () => world.customer()));
  const reprogrammings: string[] = [];
  const contexts: string[] = [];
  for (const [index, customer] of customers.entries()) {
    if (index >= LOST) contexts.push(await customer.container.context());
    const { id } = await customer.reprogram({ activate: [present(order.licenses[index])] });
    reprogrammings.push(id);
    if (index % 2 === 1) await customer.sync();
    if (index >= LOST) contexts.push(await customer.container.context());
  }
  ok(await world.vendor('POST', `/licenses/${present(order.licenses[1]).id}/withdrawal`, { body: {} }));
  return {
    code: [base, addOn, order.ticket],
    product: [base, addOn],
    sku: ['known'],
    requires: [base, addOn],
    orderId: [order.orderId, fresh('order'), fresh('order')],
    license: order.licenses.map(({ id }) => id),
    deactivate: order.licenses.map(({ id }) => id),
    ticket: [order.ticket],
    serial: customers.slice(LOST).map(({ serial }) => serial),
    lost: customers.slice(0, LOST).map(({ serial }) => serial),
    container: customers.map(({ serial }) => serial),
    context: contexts,
    id: reprogrammings,
    // The name is accepted and has no address (RFC 6761), so no event is sent.
    url: ['https://events.invalid/events'],
  };
}

export interface FuzzResult {
  readonly sent: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly faults: readonly string[];
}

export async function fuzz(
  client: Client,
  endpoint: NamedEndpoint,
  known: Known,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<FuzzResult> {
  const own = await idsFor(client, endpoint);
  // Further requests on retired containers would all get the same answer.
  const serial = present(endpoint.name === 'retireContainer' ? known.lost : known.serial);
  const found = { ...known, serial, ...(own.length === 0 ? {} : { id: own }) };
  const requests = fc.sample(arbitraryRequest(endpoint, found), { numRuns: count, seed });
  const statuses: Record<number, number> = {};
  const faults: string[] = [];
  const waiting = requests.values();
  const worker = async (): Promise<void> => {
    for (const request of waiting) {
      const reply = await send(client, request).catch((error: unknown) => String(error));
      if (typeof reply === 'string') {
        faults.push(reply);
        continue;
      }
      statuses[reply.status] = (statuses[reply.status] ?? 0) + 1;
      const fault = faultOf(reply);
      if (fault !== undefined)
        faults.push(`${fault}: ${describe(request)} -> ${reply.status} ${reply.text.slice(0, 400)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { sent: requests.length, statuses, faults };
}

/** The bodies that create things with generated ids. */
const MAKES: Readonly<Record<string, object>> = {
  'bulk-orders': { action: 'withdraw', query: { customer: 'nobody' } },
  'event-endpoints': { url: 'https://events.invalid/events' },
  'webhook-secrets': {},
  tokens: { name: 'made', scopes: ['products:read'] },
};

/** Existing ids for the endpoint's path, without the token of this client. */
async function idsFor(client: Client, { path }: NamedEndpoint): Promise<string[]> {
  const [, kind = ''] = path.split('/');
  const body = MAKES[kind];
  if (body === undefined || !path.startsWith(`/${kind}/{id}`)) return [];
  // Refused once the limit is reached.
  await client('POST', `/${kind}`, { body });
  const { items } = ok(await client<ListBody<{ id: string; name?: string }>>('GET', `/${kind}`));
  return items.filter(({ name }) => name !== 'development').map(({ id }) => id);
}

function send(client: Client, { method, path, headers, body }: GeneratedRequest): Promise<Reply> {
  return client(method, path, { headers, ...(body === undefined ? {} : { raw: body }) });
}

function faultOf(reply: Reply): string | undefined {
  if (reply.status >= 500) return 'A server error';
  if (reply.status < 400) return undefined;
  try {
    problemOf(reply);
    return undefined;
  } catch (error) {
    return `No problem document (${(error as Error).message.split('\n')[0]})`;
  }
}

function describe({ method, path, headers, body }: GeneratedRequest): string {
  return `${method} ${path.slice(0, 300)} ${JSON.stringify(headers)} ${(body ?? '').slice(0, 300)}`;
}
