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
export async function serverCandidates(kind: ServerKind, io: Io): Promise<readonly Candidate[]> {
  const silent: Io = { ...io, err: () => undefined };
  try {
    const settings = requireSettings(await findSettings(silent, {}), silent);
    const client = createClient({ ...settings, attempts: 1, timeoutSeconds: TIMEOUT_SECONDS, fetch: io.fetch });
    return await READERS[kind](client);
  } catch {
    return [];
  }
}

const READERS: Readonly<Record<ServerKind, (client: Client) => Promise<readonly Candidate[]>>> = {
  container: async (client) =>
    (await client.listAutoUpdates({ query })).items.map(({ container, pending }) => [
      container,
      `${pending.length} pending`,
    ]),
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
