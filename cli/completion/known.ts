import { type Client, createClient } from '../../client/index.ts';
import type { Completes } from '../command.ts';
import type { Io } from '../io.ts';
import { findSettings, usable } from '../settings.ts';
import { formatCustomer, formatState } from '../words.ts';
import type { Candidate } from './candidate.ts';

/** Nobody waits longer for a completion. */
const PATIENCE_SECONDS = 1;
const MOST = 200;

/** What the server knows of this kind; nothing when it cannot be asked, because a shell shows no errors here. */
export async function known(kind: Exclude<Completes, 'file'>, io: Io): Promise<readonly Candidate[]> {
  const silent: Io = { ...io, err: () => undefined };
  try {
    const settings = usable(await findSettings(silent, {}), silent);
    const client = createClient({ ...settings, attempts: 1, timeoutSeconds: PATIENCE_SECONDS, fetch: io.fetch });
    return await READERS[kind](client);
  } catch {
    return [];
  }
}

const query = { limit: MOST };

const READERS: Readonly<Record<Exclude<Completes, 'file'>, (client: Client) => Promise<readonly Candidate[]>>> = {
  container: async (client) =>
    (await client.listAutoUpdates({ query })).items.map(({ container, pending }) => [
      container,
      `${pending.length} pending`,
    ]),
  endpoint: async (client) => (await client.listEventEndpoints()).items.map(({ id, url }) => [id, url]),
  license: async (client) =>
    (await client.listLicenses({ query })).items.map(({ id, product, state }) => [
      id,
      `${product}, ${formatState(state)}`,
    ]),
  order: async (client) =>
    (await client.listOrders({ query })).items.map(({ orderId, customer }) => [orderId, formatCustomer(customer)]),
  product: async (client) => (await client.listProducts({ query })).items.map(({ code, name }) => [code, name]),
  token: async (client) => (await client.listTokens({ query })).items.map(({ id, name }) => [id, name]),
  webhook: async (client) =>
    (await client.listWebhooks({ query })).items.map(({ id, problem }) => [id, problem?.detail ?? '']),
};
