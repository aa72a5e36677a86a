import { exportJWK, generateKeyPair } from 'jose';
import type { Trust } from '../protocol/index.ts';
import { isPublicJwk, publicPart, serialOf } from '../protocol/index.ts';
import { type BrowserHost, browserHost } from './browser-database.ts';
import { BrowserStore } from './browser-store.ts';
import { Container } from './container.ts';
import { newState } from './new-state.ts';
import type { ContainerKey, StoredContainer } from './store.ts';
import { anchorOf } from './trust.ts';

export interface BrowserCreateOptions {
  /** The name of the new container among those of this site. */
  readonly name: string;
  /** The vendor's key sets: `{keySets: [...]}`, as `/.well-known/relicense-keys` lists them, from set 1 on. */
  readonly keys: unknown;
  /** Base address of the vendor's server, for `sync`. */
  readonly server?: string | undefined;
  /** The vendor's keys that the page brings, for `check`. */
  readonly trust?: Trust | undefined;
  readonly host?: BrowserHost | undefined;
}

export interface BrowserOpenOptions {
  /** The vendor's keys that the page brings, for `check`. */
  readonly trust?: Trust | undefined;
  readonly host?: BrowserHost | undefined;
}

/**
 * A container in a browser: a record in IndexedDB, changed by one tab at a time. Its private key cannot be read or copied, also
 * not by the page. The browser deletes it with the data of the site: call `navigator.storage.persist()` first.
 *
 * @example
 * import { Container, sync } from '@relicense/container/browser';
 *
 * const container = await Container.open('main', { trust: keys });
 * const check = await container.check('cad');
 */
export class BrowserContainer extends Container {
  /** Creates an empty container with a new key. @throws ContainerError `exists`, `key-sets`, `trust`, `schema` or `unwritable` */
  static async create({ name, keys, server, trust, host = browserHost() }: BrowserCreateOptions) {
    const state = await newState(keys, server);
    const anchor = trust === undefined ? undefined : await anchorOf(trust);
    const key = await newKey();
    const stored: StoredContainer = { key, state };
    const store = new BrowserStore(name, host);
    await store.create(stored);
    return new BrowserContainer({ store, stored, serial: await serialOf(key.publicJwk), anchor });
  }

  /** Opens a container. @throws ContainerError `not-found`, `unreadable`, `schema`, `key` or `trust` */
  static async open(name: string, { trust, host = browserHost() }: BrowserOpenOptions = {}): Promise<BrowserContainer> {
    return new BrowserContainer(await Container.readFrom(new BrowserStore(name, host), trust));
  }
}

async function newKey(): Promise<ContainerKey> {
  const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: false });
  const publicJwk = publicPart(await exportJWK(publicKey));
  if (!isPublicJwk(publicJwk)) throw new Error('Bug: the browser generated a key that the protocol does not allow');
  return { publicJwk, privateKey };
}
