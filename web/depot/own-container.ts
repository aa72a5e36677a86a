import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type CheckResult,
  Container,
  ContainerError,
  type SyncReport,
  type SyncResult,
  sync,
  type Trust,
} from '../../container/browser.ts';
import { depot, SERVER } from '../shared/api.ts';

const NAME = 'depot';
const OWN = ['own-container'];

export interface OwnLicense {
  readonly id: string;
  readonly product: string;
  readonly check: CheckResult;
}

export interface Own {
  readonly container: Container;
  readonly licenses: readonly OwnLicense[];
}

/** The container in this browser; `null` if there is none yet. */
export function useOwn() {
  return useQuery({ queryKey: OWN, queryFn: readOwn, refetchOnWindowFocus: true });
}

async function readOwn(): Promise<Own | null> {
  const container = await open();
  if (container === undefined) return null;
  const licenses = await Promise.all(
    container.content.licenses.map(async ({ id, product }) => ({ id, product, check: await container.check(product) })),
  );
  return { container, licenses };
}

/** The pages come from the vendor's own address, so they trust the keys that are published there. */
const keySets = async (): Promise<Trust> => depot.getKeySets();

async function open(): Promise<Container | undefined> {
  try {
    return await Container.open(NAME, { trust: await keySets() });
  } catch (error) {
    if (error instanceof ContainerError && error.code === 'not-found') return undefined;
    throw error;
  }
}

async function openOrCreate(): Promise<Container> {
  const found = await open();
  if (found !== undefined) return found;
  // Without this the browser may delete the licenses when it needs space.
  await navigator.storage.persist();
  const keys = await keySets();
  return Container.create({ name: NAME, keys, server: SERVER, trust: keys });
}

/** What a person wants: licenses to activate, by ticket, and licenses to return. */
export interface Wishes {
  readonly activate: ReadonlyMap<string, readonly string[]>;
  readonly deactivate: readonly string[];
}

export const NO_WISHES: Wishes = { activate: new Map(), deactivate: [] };

/** Asks the server what it would do, or does it. One request holds the licenses of one ticket. It stops at the first refusal. */
export async function carryOut(wishes: Wishes, { preview }: { readonly preview: boolean }): Promise<SyncResult[]> {
  const container = await openOrCreate();
  const results: SyncResult[] = [];
  let { deactivate } = wishes;
  for (const [ticket, activate] of wishes.activate) {
    const result = await sync(container, { server: SERVER, ticket, activate, deactivate, preview });
    results.push(result);
    if (!result.ok) return results;
    deactivate = [];
  }
  if (results.length === 0) results.push(await sync(container, { server: SERVER, deactivate, preview }));
  return results;
}

/** The vendor's changes that wait for a container. */
export async function autoUpdatesOf(container: Container) {
  return (await depot.findAutoUpdates({ body: { context: await container.context() } })).items;
}

/** What changes on the server. A preview is not among it: it shows what was asked before. */
const LIVE = new Set(['own-container', 'ticket', 'auto-updates']);

/** Reads everything again that a change on the server concerns. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ predicate: ({ queryKey: [name] }) => LIVE.has(String(name)) });
}

/** The reports of several requests as one. */
export function merged(reports: readonly SyncReport[]): Pick<SyncReport, 'executed' | 'dropped' | 'leftOut'> {
  const all = <Item>(of: (report: SyncReport) => readonly Item[]): Item[] => [...new Set(reports.flatMap(of))];
  return {
    executed: {
      withdraw: all(({ executed }) => executed.withdraw),
      deactivate: all(({ executed }) => executed.deactivate),
      assign: all(({ executed }) => executed.assign),
      replace: all(({ executed }) => executed.replace),
      activate: all(({ executed }) => executed.activate),
    },
    dropped: all(({ dropped }) => dropped),
    leftOut: all(({ leftOut }) => leftOut),
  };
}
