import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { defined } from '../protocol/defined.ts';
import {
  type AppliedUpdate,
  applyFile,
  type Content,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  type FileFault,
  type Holding,
  isPublicJwk,
  type JsonFault,
  type KeySet,
  type LeasePayload,
  leaseIdOf,
  MAX_UPDATE_FILE_BYTES,
  newestOf,
  parseJson,
  publicPart,
  serialOf,
  type Wishes,
  wishOf,
} from '../protocol/index.ts';
import { readServer } from '../protocol/server-address.ts';
import { ContainerError } from './container-error.ts';
import { type ContainerState, type PrivateJwk, readContainerFile, writeContainerFile } from './container-file.ts';
import { type FileSystem, NODE_FILE_SYSTEM } from './file-system.ts';
import { withLock } from './lock.ts';
import { verifyKeySets } from './verify-key-sets.ts';

export interface CreateOptions {
  /** The path of the new container file. */
  readonly path: string;
  /** The vendor's key sets: `{keySets: [...]}`, as `/.well-known/relicense-keys` lists them, from set 1 on. */
  readonly keys: unknown;
  /** Base address of the vendor's server, for `sync`. */
  readonly server?: string | undefined;
  readonly files?: FileSystem | undefined;
}

/** The result of an update file. What was applied is in the container in both cases; a refused part changed nothing. */
export type ApplyReport = {
  readonly applied: readonly AppliedUpdate[];
  /** The number of updates that the container had applied before. */
  readonly skipped: number;
  /** The lease that the container took. */
  readonly lease?: LeasePayload;
} & (
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** The part of the file that was refused. `file`: the whole file. */
      readonly part: FileFault['part'];
      /** The check that failed. */
      readonly code: FileFault['code'] | JsonFault;
      /** Index of the refused update or key set, from 0. */
      readonly index?: number;
    }
);

export interface ContextOptions {
  /** The manual actions of the request that will carry the context, exactly as it sends them. */
  readonly wishes?: Wishes | undefined;
  /** Ask for a new lease, also when the present one is fresh (L2). */
  readonly renew?: boolean | undefined;
}

/**
 * A container in a file: a key pair, the vendor's key sets, a counter, licenses and their seal. The file has mode 0600 and is
 * replaced atomically, so a crash leaves the old container or the new one.
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
   * Creates an empty container with a new key.
   *
   * @throws ContainerError `exists`, `key-sets`, `schema` (the server's address) or `locked`.
   *
   * @example
   * const keys = await (await fetch('https://licenses.example.com/.well-known/relicense-keys')).json();
   * const container = await Container.create({ path: 'container.json', keys });
   */
  static async create({ path, keys, server, files = NODE_FILE_SYSTEM }: CreateOptions): Promise<Container> {
    const keySets = await verifyKeySets(keys);
    const address = server === undefined ? undefined : readServer(server);
    if (server !== undefined && address === undefined)
      throw new ContainerError('schema', `${server} is not a server address.`);
    const key = newKey();
    const vendor = { ...defined({ server: address }), keySets };
    const state: ContainerState = { key, vendor, content: EMPTY_CONTENT, newestIat: 0 };
    const target = resolve(path);
    await withLock(files, `${target}.lock`, async () => {
      // `mode` uses lstat, so a dangling symbolic link counts as a file.
      if ((await files.mode(target)) !== undefined) {
        throw new ContainerError('exists', `${path} already exists; a container is never overwritten.`);
      }
      await save(files, target, state);
    });
    return new Container(target, await serialOf(publicPart(key)), state, files);
  }

  /**
   * Opens a container and checks the whole file.
   *
   * @throws ContainerError `not-found`, `too-large`, `malformed`, `version`, `schema`, `checksum` or `key`.
   */
  static async open(path: string, { files = NODE_FILE_SYSTEM }: { files?: FileSystem } = {}): Promise<Container> {
    const target = await files.resolve(resolve(path));
    const state = await load(files, target);
    return new Container(target, await serialOf(publicPart(state.key)), state, files);
  }

  /** The content when this object last read or changed the container. */
  get content(): Content {
    return this.state.content;
  }

  /** The vendor's newest key set. */
  get keySet(): KeySet {
    return newestOf(this.state.vendor);
  }

  /** The vendor's name for itself. */
  get issuer(): string {
    return this.keySet.iss;
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
    // Windows has no permission bits: it reports 0666 for every file.
    return process.platform !== 'win32' && (((await this.files.mode(this.path)) ?? 0) & 0o077) !== 0;
  }

  /**
   * The container's signed report of its content. After an update it is the receipt. It is on the disk when this resolves: no
   * two contexts have the same time (C1).
   *
   * It reads the file again, because another process may have changed it.
   *
   * @throws ContainerError as `open`, `other-container` and `locked`.
   */
  context({ wishes = {}, renew = false }: ContextOptions = {}): Promise<string> {
    return this.change(async () => {
      const { key, content, lease, newestIat, context } = this.state;
      const jti = randomUUID();
      const clock = Math.floor(Date.now() / 1000);
      const iat = Math.max(clock, newestIat, (context?.iat ?? 0) + 1);
      const text = await createContext({
        privateKey: { ...key },
        publicJwk: publicPart(key),
        audience: this.issuer,
        counter: content.counter,
        digest: await digestOf(content),
        jti,
        iat,
        keys: this.keySet.version,
        lease: leaseIdOf(lease),
        ...defined({ renew: renew ? (true as const) : undefined, wish: await wishOf(wishes) }),
      });
      await this.save({ ...this.state, context: { jti, iat } });
      return text;
    });
  }

  /**
   * Makes the next context later than `iat`: the server has remembered a context of this time (C1).
   *
   * @throws ContainerError as `open`, `other-container` and `locked`.
   */
  passContextTime(iat: number): Promise<void> {
    return this.change(async () => {
      const { context } = this.state;
      if (context !== undefined && context.iat < iat) await this.save({ ...this.state, context: { ...context, iat } });
    });
  }

  /**
   * Applies an update file, `{"keySets"?: [...], "updates": [...], "lease"?: "..."}`, as text, as bytes or parsed. Each part is
   * applied completely or not at all. What was applied is on the disk when this resolves. Applying the same file again changes
   * nothing. Other members are ignored, so the server's answer is an update file.
   *
   * @throws ContainerError as `open`, `other-container` and `locked`.
   */
  apply(file: string | Uint8Array | object): Promise<ApplyReport> {
    if (typeof file === 'string' || file instanceof Uint8Array) {
      const json = parseJson(file, { maxBytes: MAX_UPDATE_FILE_BYTES, maxDepth: 16 });
      if (!json.ok) return Promise.resolve({ ok: false, part: 'file', code: json.code, applied: [], skipped: 0 });
      return this.applyParsed(json.value);
    }
    return this.applyParsed(file);
  }

  private applyParsed(file: unknown): Promise<ApplyReport> {
    return this.change(async () => {
      const before = this.holding();
      const { holding, fault, ...report } = await applyFile(before, file);
      if (holding !== before) {
        const { keySets, content, seal, lease, newestIat } = holding;
        const vendor = { ...this.state.vendor, keySets };
        await this.save({ ...this.state, vendor, content, ...defined({ seal, lease }), newestIat });
      }
      return fault === undefined ? { ok: true, ...report } : { ok: false, ...fault, ...report };
    });
  }

  private holding(): Holding {
    const { vendor, content, seal, lease, newestIat, context } = this.state;
    const { serial } = this;
    return {
      serial,
      keySets: vendor.keySets,
      content,
      ...defined({ seal, lease }),
      newestIat,
      contextJti: context?.jti ?? '',
    };
  }

  /** Runs `work` on the state of the file, while no other process changes the file. */
  private change<Result>(work: () => Promise<Result>): Promise<Result> {
    return withLock(this.files, `${this.path}.lock`, async () => {
      await this.reload();
      return work();
    });
  }

  private async save(next: ContainerState): Promise<void> {
    await save(this.files, this.path, next);
    this.state = next;
  }

  private async reload(): Promise<void> {
    const state = await load(this.files, this.path);
    if (state.key.x !== this.state.key.x) {
      throw new ContainerError('other-container', `${this.path} is now another container.`);
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

/** New file, fsync, rename, fsync of the folder. The caller holds the lock, so one name for the new file is enough. */
async function save(files: FileSystem, path: string, state: ContainerState): Promise<void> {
  const draft = `${path}.new`;
  // A crash may have left it. `create` fails when a file or link is there, so nobody can redirect the write.
  await files.remove(draft);
  await files.create(draft, writeContainerFile(state));
  await files.rename(draft, path);
  await files.syncFolder(dirname(path));
}

function newKey(): PrivateJwk {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const key = { kty: 'OKP', crv: 'Ed25519', x, d } as PrivateJwk;
  if (!isPublicJwk(publicPart(key)))
    throw new Error('Bug: the system generated a key that the protocol does not allow');
  return key;
}

function isPair(key: PrivateJwk): boolean {
  // Node imports only `d` of a private key, so the public key that it derives is the one that belongs to `d`.
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' });
  return createPublicKey(privateKey).export({ format: 'jwk' }).x === key.x;
}
