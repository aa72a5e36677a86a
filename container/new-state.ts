import { defined } from '../protocol/defined.ts';
import { EMPTY_CONTENT } from '../protocol/index.ts';
import { readServer } from '../protocol/server-address.ts';
import { ContainerError } from './container-error.ts';
import type { ContainerState } from './store.ts';
import { verifyKeySets } from './verify-key-sets.ts';

/** The state of a new container. @throws ContainerError `key-sets`, or `schema` for the server's address */
export async function newState(keys: unknown, server: string | undefined): Promise<ContainerState> {
  const keySets = await verifyKeySets(keys);
  const address = server === undefined ? undefined : readServer(server);
  if (server !== undefined && address === undefined)
    throw new ContainerError('schema', `${server} is not a server address.`);
  return { vendor: { ...defined({ server: address }), keySets }, content: EMPTY_CONTENT, newestIat: 0 };
}
