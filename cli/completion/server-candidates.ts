import { type Client, createClient } from '../../client/index.ts';
import type { Completes } from '../command.ts';
import { formatCustomer, formatState } from '../format.ts';
import type { Io } from '../io.ts';
import { findSettings, requireSettings } from '../settings.ts';
import type { Candidate } from './candidate.ts';

type ServerKind = Exclude<Completes, 'file'>;

/** A completion must not keep a shell waiting. */
const TIMEOUT_SECONDS = 1;
const query = { limit: 200 };

/** Returns the server's candidates of this kind. After any error the list is empty, because a shell shows no errors here. */
export async function serverCandidates(kind: ServerKind, typed: string, io: Io): Promise<readonly Candidate[]> {
  const silent: Io = { ...io, err: () => undefined };
  try {
    const settings = requireSettings(await findSettings(silent, {}), silent);
    const client = createClient({ ...settings, attempts: 1, timeoutSeconds: TIMEOUT_SECONDS, fetch: io.fetch });
    return await READERS[kind](client, typed);
  } catch {
    return [];
  }
}

/** With enough characters the server finds the containers; otherwise the newest are offered. */
function serialBeginning(typed: string): { readonly serial?: string } {
  return /^[A-Za-z0-9_-]{4,43}$/.test(typed) ? { serial: typed } : {};
}

const READERS: Readonly<Record<ServerKind, (client: Client, typed: string) => Promise<readonly Candidate[]>>> = {
  container: async (client, typed) =>
    (await client.listContainers({ query: { ...query, ...serialBeginning(typed) } })).items.map(
      ({ serial, name, pendingCount }) => [
        serial,
        [...(name === undefined ? [] : [name]), ...(pendingCount === 0 ? [] : [`${pendingCount} pending`])].join(', '),
      ],
    ),
  customer: async (client) => (await client.listCustomers({ query })).items.map(({ name }) => [name, '']),
  endpoint: async (client) => (await client.listEventEndpoints()).items.map(({ id, url }) => [id, url]),
  license: async (client) =>
    (await client.listLicenses({ query: { ...query, order: 'newest' } })).items.map(({ id, product, state }) => [
      id,
      `${product}, ${formatState(state)}`,
    ]),
  order: async (client) =>
    (await client.listOrders({ query: { ...query, order: 'newest' } })).items.map(({ orderId, customer }) => [
      orderId,
      formatCustomer(customer),
    ]),
  product: async (client) => (await client.listProducts({ query })).items.map(({ code, name }) => [code, name]),
  token: async (client) => (await client.listTokens({ query })).items.map(({ id, name }) => [id, name]),
  webhook: async (client) =>
    (await client.listWebhooks({ query: { ...query, order: 'newest' } })).items.map(({ id, problem }) => [
      id,
      problem?.detail ?? '',
    ]),
};
