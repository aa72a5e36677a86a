import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import {
  type AppliedUpdate,
  type ApplyFault,
  applyUpdates,
  type Content,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  isPublicJwk,
  type JsonFault,
  MAX_UPDATE_FILE_BYTES,
  parseJson,
  publicPart,
  serialOf,
} from '../protocol/index.ts';
import { readServer } from '../protocol/server-address.ts';
import { ContainerError } from './container-error.ts';
import { type ContainerState, type PrivateJwk, readContainerFile, writeContainerFile } from './container-file.ts';
import { type FileSystem, NODE_FILE_SYSTEM } from './file-system.ts';
import { withLock } from './lock.ts';
import { readVendorKeys, type VendorKey } from './vendor-keys.ts';

export interface CreateOptions {
  /** Where the container file is made. */
  readonly path: string;
  /** The vendor's update keys: a JWK set, as `/.well-known/jwks.json` lists it. They are pinned for good. */
  readonly keys: unknown;
  /** Base address of the vendor's server, where `sync` finds it. */
  readonly server?: string | undefined;
  readonly files?: FileSystem | undefined;
}

/** What became of an update file. `applied` are in the container in either case; a refused one changed nothing. */
export type ApplyReport = {
  readonly applied: readonly AppliedUpdate[];
  /** Updates that end at or before the counter where the container already was. */
  readonly skipped: number;
} & (
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** The check that failed. */
      readonly code: ApplyFault | JsonFault;
      /** Which update of the file was refused, from 0; absent when it is the file itself. */
      readonly index?: number;
    }
);

/**
 * A container in a file: a key pair, the vendor's pinned keys, a counter and licenses. The file has mode 0600 and is
 * replaced as a whole, so that a crash leaves the old container or the new one.
 *
 * @example
 * import { Container } from 'relicense/container/index.ts';
 *
 * const container = await Container.open('container.json');
 * console.log(container.serial, container.content.licenses.length);
 * const report = await container.apply(await readFile('update.json'));
 * if (!report.ok) console.error(`refused: ${report.code}`);
 * await writeFile('receipt.txt', await container.context());
 */
export class Container {
  /** The thumbprint of the container's public key. */
  readonly serial: string;
  readonly path: string;
  private readonly files: FileSystem;
  private state: ContainerState;

  private constructor(path: string, serial: string, state: ContainerState, files: FileSystem) {
    this.path = path;
    this.serial = serial;
    this.state = state;
    this.files = files;
  }

  /**
   * Makes a new, empty container with a fresh key.
   *
   * @throws ContainerError `exists`, `vendor-keys`, `schema` (the server's address) or `locked`.
   *
   * @example
   * const keys = await (await fetch('https://licenses.example.com/.well-known/jwks.json')).json();
   * const container = await Container.create({ path: 'container.json', keys });
   */
  static async create({ path, keys, server, files = NODE_FILE_SYSTEM }: CreateOptions): Promise<Container> {
    const pinned = await readVendorKeys(keys);
    const address = server === undefined ? undefined : readServer(server);
    if (server !== undefined && address === undefined)
      throw new ContainerError('schema', `${server} is no server address.`);
    const key = newKey();
    const vendor = { ...(address === undefined ? {} : { server: address }), keys: pinned };
    const state: ContainerState = { key, vendor, content: EMPTY_CONTENT };
    const target = resolve(path);
    await withLock(files, `${target}.lock`, async () => {
      // lstat: a dangling symbolic link is something that stands there, too.
      if ((await files.mode(target)) !== undefined) {
        throw new ContainerError('exists', `${path} exists already; a container is never overwritten.`);
      }
      await save(files, target, state);
    });
    return new Container(target, await serialOf(publicPart(key)), state, files);
  }

  /**
   * Opens a container and checks all of it.
   *
   * @throws ContainerError `not-found`, `too-large`, `malformed`, `version`, `schema`, `checksum` or `key`.
   */
  static async open(path: string, { files = NODE_FILE_SYSTEM }: { files?: FileSystem } = {}): Promise<Container> {
    const target = await files.resolve(resolve(path));
    const state = await load(files, target);
    return new Container(target, await serialOf(publicPart(state.key)), state, files);
  }

  /** What the container held when it was last read or changed through this object. */
  get content(): Content {
    return this.state.content;
  }

  /** The vendor's pinned update keys. */
  get vendorKeys(): readonly VendorKey[] {
    return this.state.vendor.keys;
  }

  /** Base address of the vendor's server, if it is known. */
  get server(): string | undefined {
    return this.state.vendor.server;
  }

  /** The digest of `content`. */
  digest(): Promise<string> {
    return digestOf(this.content);
  }

  /** Whether other users of this machine can read the private key. */
  async isExposed(): Promise<boolean> {
    // Windows has no such bits; it reports 0666 for every file.
    return process.platform !== 'win32' && (((await this.files.mode(this.path)) ?? 0) & 0o077) !== 0;
  }

  /**
   * The container's signed report of what it holds now. Made after an update, it is the receipt.
   *
   * @throws ContainerError as `open`, and `other-container`: the file is read again, another process may have changed it.
   */
  async context(): Promise<string> {
    await this.reload();
    return createContext({
      privateKey: { ...this.state.key },
      publicJwk: publicPart(this.state.key),
      counter: this.content.counter,
      digest: await this.digest(),
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000),
    });
  }

  /**
   * Applies an update file, `{"updates": [...]}`, as text, as bytes or parsed. Each update is applied as a whole or not at
   * all, and what was applied is on the disk when this returns. The same file again changes nothing.
   *
   * @throws ContainerError as `open`, `other-container` and `locked`.
   */
  apply(file: string | Uint8Array | object): Promise<ApplyReport> {
    if (typeof file === 'string' || file instanceof Uint8Array) {
      const json = parseJson(file, { maxBytes: MAX_UPDATE_FILE_BYTES, maxDepth: 16 });
      if (!json.ok) return Promise.resolve({ ok: false, code: json.code, applied: [], skipped: 0 });
      return this.applyParsed(json.value);
    }
    return this.applyParsed(file);
  }

  private applyParsed(file: unknown): Promise<ApplyReport> {
    return withLock(this.files, `${this.path}.lock`, async () => {
      await this.reload();
      const { content, ...report } = await applyUpdates(this.content, this.serial, file, this.vendorKeys);
      if (report.applied.length > 0) {
        const next: ContainerState = { ...this.state, content };
        await save(this.files, this.path, next);
        this.state = next;
      }
      return report;
    });
  }

  private async reload(): Promise<void> {
    const state = await load(this.files, this.path);
    if (state.key.x !== this.state.key.x) {
      throw new ContainerError('other-container', `${this.path} is another container by now.`);
    }
    this.state = state;
  }
}

async function load(files: FileSystem, path: string): Promise<ContainerState> {
  const bytes = await files.read(path);
  if (bytes === undefined) throw new ContainerError('not-found', `There is no container at ${path}.`);
  const state = readContainerFile(bytes);
  if (!isPair(state.key)) throw new ContainerError('key', 'The private key does not belong to the public key.');
  return state;
}

/** New file, fsync, rename, fsync of the folder. The caller holds the lock, so that one name for the new file is enough. */
async function save(files: FileSystem, path: string, state: ContainerState): Promise<void> {
  const draft = `${path}.new`;
  // Left by a crash; `create` never writes into a file, or through a link, that somebody else put there.
  await files.remove(draft);
  await files.create(draft, writeContainerFile(state));
  await files.rename(draft, path);
  await files.syncFolder(dirname(path));
}

function newKey(): PrivateJwk {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const key = { kty: 'OKP', crv: 'Ed25519', x, d } as PrivateJwk;
  if (!isPublicJwk(publicPart(key))) throw new Error('The system made a key that the protocol does not allow');
  return key;
}

function isPair(key: PrivateJwk): boolean {
  // Node takes `d` alone when it imports a private key, so the public key that it gives is the one that belongs to `d`.
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' });
  return createPublicKey(privateKey).export({ format: 'jwk' }).x === key.x;
}
