import { defined } from '../protocol/defined.ts';
import {
  type AppliedUpdate,
  applyFile,
  type Content,
  createContext,
  type FileFault,
  type Holding,
  isCount,
  type JsonFault,
  type KeySet,
  type LeasePayload,
  leaseIdOf,
  MAX_UPDATE_FILE_BYTES,
  newestOf,
  newestTrusted,
  parseJson,
  serialOf,
  type Trust,
  type TrustAnchor,
  type Wishes,
  wishOf,
} from '../protocol/index.ts';
import { type CheckOptions, type CheckResult, decide, type Sealed } from './check.ts';
import { ContainerError } from './container-error.ts';
import { contentDigest } from './content-digest.ts';
import { type Proof, proofsOf } from './proof.ts';
import type { ContainerKey, ContainerState, Save, Store, StoredContainer } from './store.ts';
import { anchorOf } from './trust.ts';

/** The result of an update file. What was applied is in the container in both cases; a refused part changed nothing. */
export type ApplyReport = {
  readonly applied: readonly AppliedUpdate[];
  /** The number of updates that the container had applied before. */
  readonly skipped: number;
  /** The lease that the container took. */
  readonly lease?: LeasePayload;
  /**
   * The file is the answer to a context that was not newer than one which the server knew: the next context is later than this
   * time, seconds since 1970 (C1). Ask again with a new context.
   */
  readonly late?: number;
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

/** What the vendor proves about a container, for a program that trusts some keys. */
export interface SealReport {
  /** The newest key set that the program can trust; `undefined` if the container has none. */
  readonly keySet?: KeySet;
  /** The newest first; empty if the container is not sealed. */
  readonly proofs: readonly Proof[];
}

/** What opening and creating a container give to its object. */
export interface Opened {
  readonly store: Store;
  readonly serial: string;
  readonly stored: StoredContainer;
  /** The revision that `stored` was read from, if it is known. */
  readonly revision?: string | undefined;
  readonly anchor?: TrustAnchor | undefined;
}

/**
 * A container: a key pair, the vendor's key sets, a counter, licenses and their seal. A store keeps it; it is read again
 * before each change, because another program can change it, too.
 */
export class Container {
  /** The thumbprint of the container's public key. */
  readonly serial: string;
  private readonly store: Store;
  private readonly key: ContainerKey;
  private readonly anchor: TrustAnchor | undefined;
  private state: ContainerState;
  /** The revision of `state`, if it is known. */
  private revision: string | undefined;
  /** What was verified of the stored container, and for which revision of it. */
  private sealed: { readonly revision: string; readonly sealed: Sealed } | undefined;

  protected constructor({ store, serial, stored, revision, anchor }: Opened) {
    this.store = store;
    this.serial = serial;
    this.key = stored.key;
    this.state = stored.state;
    this.revision = revision;
    this.anchor = anchor;
  }

  /** Reads a container from its store, and verifies what the program trusts. */
  protected static async readFrom(store: Store, trust: Trust | undefined): Promise<Opened> {
    // Verified while the container is read.
    const anchoring = trust === undefined ? undefined : anchorOf(trust);
    // It is awaited below. Until then, an error of the store must not leave it unhandled.
    anchoring?.catch(() => undefined);
    const revision = await store.revision().catch(() => undefined);
    const stored = await store.read();
    return { store, stored, revision, serial: await serialOf(stored.key.publicJwk), anchor: await anchoring };
  }

  /** The content when this object last read or changed the container. */
  get content(): Content {
    return this.state.content;
  }

  /** The vendor's key sets that the container holds, in the order of their versions. Only `trust` makes a program trust one. */
  get keySets(): readonly KeySet[] {
    return this.state.vendor.keySets;
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

  /** How messages name the container, such as its path. */
  get name(): string {
    return this.store.name;
  }

  /** The digest of `content`. */
  digest(): Promise<string> {
    return contentDigest(this.content);
  }

  /**
   * Decides whether a product can be used on this machine now. It needs no network, and it reads the stored container again
   * if it has changed. It does not throw for a damaged or edited container.
   *
   * Only keys that the program brings to `open` as `trust` prove anything. Without them the reason is `unsealed`.
   *
   * @throws TypeError if `now` or `released` is not a time
   *
   * @example
   * const check = await container.check('cad', { feature: 'render', released: '2027-01-31' });
   * if (!check.ok) console.error(`CAD cannot be used: ${check.reason}`);
   */
  async check(product: string, options: CheckOptions = {}): Promise<CheckResult> {
    const sealed = await this.readSealed();
    return sealed === undefined ? { ok: false, reason: 'file-damaged' } : decide(sealed, product, options);
  }

  /** What the vendor proves about the content, for the keys that the program trusts. */
  async seal(): Promise<SealReport> {
    const keySet = this.anchor === undefined ? undefined : await newestTrusted(this.anchor, this.state.vendor.keySets);
    if (keySet === undefined) return { proofs: [] };
    return { keySet, proofs: await proofsOf(this.state, this.serial, keySet) };
  }

  /** The content and its proof, verified once for each revision of the stored container; `undefined` if it is damaged. */
  private async readSealed(): Promise<Sealed | undefined> {
    try {
      const revision = await this.store.revision();
      if (revision === undefined) return undefined;
      if (this.sealed?.revision === revision) return this.sealed.sealed;
      if (this.revision !== revision) {
        await this.reload();
        this.revision = revision;
      }
      const { content, newestIat } = this.state;
      const [proof] = (await this.seal()).proofs;
      const sealed = { content, newestIat, provenAt: proof?.iat };
      this.sealed = { revision, sealed };
      return sealed;
    } catch {
      // Whatever the owner of the machine did to the file, the program gets an answer.
      return undefined;
    }
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
    return this.change(async (save) => {
      const { content, lease, newestIat, context } = this.state;
      const { publicJwk, privateKey } = this.key;
      const jti = crypto.randomUUID();
      const clock = Math.floor(Date.now() / 1000);
      if (clock < 0) throw new ContainerError('clock', 'The clock of this machine shows a time before 1970: set it.');
      const iat = Math.max(clock, newestIat, (context?.iat ?? 0) + 1);
      const text = await createContext({
        privateKey: 'd' in privateKey ? { ...privateKey } : privateKey,
        publicJwk,
        audience: this.issuer,
        counter: content.counter,
        digest: await contentDigest(content),
        jti,
        iat,
        keys: this.keySet.version,
        lease: leaseIdOf(lease),
        ...defined({ renew: renew ? (true as const) : undefined, wish: await wishOf(wishes) }),
      });
      await save({ ...this.state, context: { jti, iat } });
      return text;
    });
  }

  /**
   * Makes the next context later than `iat`: the server has remembered a context of this time (C1).
   *
   * @throws ContainerError as `open`, `other-container` and `locked`.
   */
  passContextTime(iat: number): Promise<void> {
    return this.change(async (save) => {
      const next = afterContextTime(this.state, iat);
      if (next !== this.state) await save(next);
    });
  }

  /**
   * Applies an update file, `{"keySets"?: [...], "updates": [...], "lease"?: "..."}`, as text, as bytes or parsed. Each part is
   * applied completely or not at all. What was applied is on the disk when this resolves. Applying the same file again changes
   * nothing. Other members are ignored, so the server's answer is an update file. Of the answer that refuses a late context, too,
   * the container takes note.
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
    return this.change(async (save) => {
      const before = this.holding();
      const { holding, fault, ...applied } = await applyFile(before, file);
      const late = lateOf(file);
      let next = this.state;
      if (holding !== before) {
        const { keySets, content, seal, lease, newestIat } = holding;
        const vendor = { ...next.vendor, keySets };
        next = { ...next, vendor, content, ...defined({ seal, lease }), newestIat };
      }
      if (late !== undefined) next = afterContextTime(next, late);
      if (next !== this.state) await save(next);
      const report = { ...applied, ...defined({ late }) };
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

  /** Finds out whether the container can be changed, without changing it. @throws ContainerError `locked` or `unwritable` */
  probe(): Promise<void> {
    return this.store.probe();
  }

  /** Runs `work` on the stored state, while no other program changes it. */
  private change<Result>(work: (save: (next: ContainerState) => Promise<void>) => Promise<Result>): Promise<Result> {
    return this.store.change(async (save: Save) => {
      await this.reload();
      return work(async (next) => {
        await save({ key: this.key, state: next });
        this.state = next;
      });
    });
  }

  private async reload(): Promise<void> {
    const { key, state } = await this.store.read();
    if (key.publicJwk.x !== this.key.publicJwk.x) {
      throw new ContainerError('other-container', `${this.store.name} is now another container.`);
    }
    this.state = state;
    this.revision = undefined;
  }
}

/** The end of the year 9999. An answer is not signed: a greater time would leave none for the contexts to come. */
const LAST_CONTEXT_TIME = 253_402_300_799;

/** The state whose next context is later than `iat`. */
function afterContextTime(state: ContainerState, iat: number): ContainerState {
  const { context } = state;
  if (context === undefined || context.iat >= iat || iat > LAST_CONTEXT_TIME) return state;
  return { ...state, context: { ...context, iat } };
}

/** The `late` of an answer of the server. */
function lateOf(file: unknown): number | undefined {
  if (typeof file !== 'object' || file === null || !('late' in file)) return undefined;
  return isCount(file.late) ? file.late : undefined;
}
