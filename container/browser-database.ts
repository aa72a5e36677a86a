/**
 * IndexedDB and Web Locks, as far as a container uses them. The project's own types are those of Node, which has neither.
 */

interface DatabaseRequest<Result> {
  readonly result: Result;
  readonly error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

interface OpenRequest extends DatabaseRequest<Database> {
  onupgradeneeded: (() => void) | null;
  onblocked: (() => void) | null;
}

interface ObjectStore {
  get(key: string): DatabaseRequest<unknown>;
  put(value: unknown, key: string): DatabaseRequest<unknown>;
  add(value: unknown, key: string): DatabaseRequest<unknown>;
}

interface Transaction {
  readonly error: Error | null;
  objectStore(name: string): ObjectStore;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  onerror: (() => void) | null;
}

interface Database {
  createObjectStore(name: string): ObjectStore;
  transaction(stores: string, mode: 'readonly' | 'readwrite', options: { durability: 'strict' }): Transaction;
  close(): void;
}

/** What a browser offers to keep containers in. Tests give their own. */
export interface BrowserHost {
  readonly indexedDB: { open(name: string, version: number): OpenRequest };
  readonly locks: { request<Result>(name: string, work: () => Promise<Result>): Promise<Result> };
}

const DATABASE = 'relicense';
const CONTAINERS = 'containers';

/** The browser of this page. @throws Error where there is none: in Node, use `@relicense/container` */
export function browserHost(): BrowserHost {
  const { indexedDB, navigator } = globalThis as {
    readonly indexedDB?: BrowserHost['indexedDB'];
    readonly navigator?: { readonly locks?: unknown };
  };
  const locks = navigator?.locks as BrowserHost['locks'] | undefined;
  if (indexedDB === undefined || locks === undefined)
    throw new Error('A container in a browser needs IndexedDB and Web Locks, which pages over https have');
  return { indexedDB, locks };
}

/** Reads one record. */
export function readRecord(host: BrowserHost, name: string): Promise<unknown> {
  return inTransaction(host, 'readonly', (store) => store.get(name));
}

/** Writes one record, durably and all or nothing. With `isNew`, it fails with `ConstraintError` if there is one. */
export function writeRecord(host: BrowserHost, name: string, record: object, isNew: boolean): Promise<unknown> {
  return inTransaction(host, 'readwrite', (store) => (isNew ? store.add(record, name) : store.put(record, name)));
}

async function inTransaction(
  { indexedDB }: BrowserHost,
  mode: 'readonly' | 'readwrite',
  work: (store: ObjectStore) => DatabaseRequest<unknown>,
): Promise<unknown> {
  const database = await openDatabase(indexedDB);
  try {
    const transaction = database.transaction(CONTAINERS, mode, { durability: 'strict' });
    return await new Promise((resolve, reject) => {
      const request = work(transaction.objectStore(CONTAINERS));
      const fail = () =>
        reject(transaction.error ?? request.error ?? new Error('The browser could not store the container'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = fail;
      transaction.onerror = fail;
    });
  } finally {
    database.close();
  }
}

function openDatabase(indexedDB: BrowserHost['indexedDB']): Promise<Database> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => void request.result.createObjectStore(CONTAINERS);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The browser could not open its database'));
    request.onblocked = request.onerror;
  });
}
