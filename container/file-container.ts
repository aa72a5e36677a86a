import { generateKeyPairSync } from 'node:crypto';
import { resolve } from 'node:path';
import type { Trust } from '../protocol/index.ts';
import { isPublicJwk, publicPart, serialOf } from '../protocol/index.ts';
import { Container, type Opened } from './container.ts';
import { FileStore } from './file-store.ts';
import { type FileSystem, NODE_FILE_SYSTEM } from './file-system.ts';
import { newState } from './new-state.ts';
import type { PrivateJwk } from './private-jwk.ts';
import type { StoredContainer } from './store.ts';
import { anchorOf } from './trust.ts';

export interface CreateOptions {
  /** The path of the new container file. */
  readonly path: string;
  /** The vendor's key sets: `{keySets: [...]}`, as `/.well-known/relicense-keys` lists them, from set 1 on. */
  readonly keys: unknown;
  /** Base address of the vendor's server, for `sync`. */
  readonly server?: string | undefined;
  /** The vendor's keys that the program brings, for `check`. */
  readonly trust?: Trust | undefined;
  readonly files?: FileSystem | undefined;
}

export interface OpenOptions {
  /** The vendor's keys that the program brings, for `check`. */
  readonly trust?: Trust | undefined;
  readonly files?: FileSystem | undefined;
}

/**
 * A container in a file. The file has mode 0600 and is replaced atomically, so a crash leaves the old container or the new
 * one.
 *
 * @example
 * import { Container } from '@relicense/container';
 * import keys from './relicense-keys.json' with { type: 'json' };
 *
 * const container = await Container.open('container.json', { trust: keys });
 * const check = await container.check('cad', { feature: 'render' });
 * if (!check.ok) console.error(`CAD cannot be used: ${check.reason}`);
 */
export class FileContainer extends Container {
  readonly path: string;
  private readonly files: FileSystem;

  private constructor(path: string, files: FileSystem, opened: Opened) {
    super(opened);
    this.path = path;
    this.files = files;
  }

  /**
   * Creates an empty container with a new key.
   *
   * @throws ContainerError `exists`, `key-sets`, `trust`, `schema` (the server's address), `locked` or `unwritable`.
   *
   * @example
   * const keys = await (await fetch('https://licenses.example.com/.well-known/relicense-keys')).json();
   * const container = await Container.create({ path: 'container.json', keys });
   */
  static async create({ path, keys, server, trust, files = NODE_FILE_SYSTEM }: CreateOptions): Promise<FileContainer> {
    const state = await newState(keys, server);
    const anchor = trust === undefined ? undefined : await anchorOf(trust);
    const privateKey = newKey();
    const publicJwk = publicPart(privateKey);
    const stored: StoredContainer = { key: { publicJwk, privateKey }, state };
    const target = resolve(path);
    const store = new FileStore(target, files);
    await store.create(stored);
    return new FileContainer(target, files, { store, serial: await serialOf(publicJwk), stored, anchor });
  }

  /**
   * Opens a container and checks the whole file.
   *
   * @throws ContainerError `not-found`, `unreadable`, `too-large`, `malformed`, `version`, `schema`, `checksum`, `key` or
   *   `trust`.
   */
  static async open(path: string, { trust, files = NODE_FILE_SYSTEM }: OpenOptions = {}): Promise<FileContainer> {
    const target = await files.resolve(resolve(path));
    return new FileContainer(target, files, await Container.readFrom(new FileStore(target, files), trust));
  }

  /** Whether other users of this machine can read the private key. */
  async isExposed(): Promise<boolean> {
    // Windows has no permission bits: it reports 0666 for every file.
    return process.platform !== 'win32' && (((await this.files.mode(this.path)) ?? 0) & 0o077) !== 0;
  }
}

function newKey(): PrivateJwk {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const key = { kty: 'OKP', crv: 'Ed25519', x, d } as PrivateJwk;
  if (!isPublicJwk(publicPart(key)))
    throw new Error('Bug: the system generated a key that the protocol does not allow');
  return key;
}
