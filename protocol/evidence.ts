import { type ApplyFault, applyUpdate } from './apply.ts';
import { type ContainerLicense, type Content, digestOf, isContent, MAX_NAME_LENGTH } from './content.ts';
import { type ContextFault, verifyContext } from './context.ts';
import { extendKeySets, type KeySet, type KeySetFault, MAX_KEY_SETS, type SignedKeySet } from './key-set.ts';
import { isName } from './members.ts';
import type { Cause } from './operation.ts';
import { type JsonResult, parseJson } from './parse-json.ts';
import { newestTrusted, readTrust } from './trust.ts';
import { MAX_UPDATES, type Update } from './update.ts';

export const EVIDENCE_TYPE = 'relicense-evidence';
export const EVIDENCE_VERSION = 1;

/** Bytes of a document: more than a server can return (6 MB). */
export const MAX_EVIDENCE_BYTES = 8 * 1024 * 1024;

/**
 * The evidence that a container no longer holds a license (E1): the vendor signed a content with the license and the step to
 * one without it, and the container signed that it is there.
 */
export interface Evidence {
  readonly type: typeof EVIDENCE_TYPE;
  readonly version: typeof EVIDENCE_VERSION;
  /** The vendor's name for itself. */
  readonly iss: string;
  /** The license's id. */
  readonly license: string;
  /** The id of the order that sold it. Nothing signed has it. */
  readonly order: string;
  /** What the container held before the first update. */
  readonly before: Content;
  /** From the one that removed the license to the one that the receipt ends. */
  readonly updates: readonly Update[];
  /** The container's context after the last update, a compact JWS. */
  readonly receipt: string;
  /** All key sets of the vendor, in the order of their versions. */
  readonly keySets: readonly SignedKeySet[];
}

/** Why evidence is refused, in the order of the checks. */
export const EVIDENCE_FAULTS = [
  /** A member is missing or has a wrong form, or the `type` is another one. */
  'schema',
  /** `version` is not 1. */
  'version',
  /** What the verifier brings is not a key set, a list of them, or root keys. */
  'trust',
  /** A key set is refused; `detail` is its fault. */
  'key-sets',
  /** The key sets do not follow from what the verifier trusts. */
  'untrusted',
  /** `iss` is not the vendor of the key sets. */
  'issuer',
  /** The receipt is not a valid context for this vendor; `detail` is the reason. */
  'receipt',
  /** `before` does not hold the license. */
  'license-not-before',
  /** An update is refused; `detail` is its fault. `before` with another content is `from-digest`. */
  'updates',
  /** The first update leaves the license in the container. */
  'license-not-removed',
  /** A later update puts the license into the container again. */
  'license-returned',
  /** The receipt is for another place than the end of the last update. */
  'receipt-place',
] as const;
export type EvidenceFault = (typeof EVIDENCE_FAULTS)[number];

/** Evidence that was verified. Times are in seconds since 1970. */
export interface ProvenRemoval {
  /** Whether the keys follow from what the verifier brought. Without it, anybody can have made the evidence. */
  readonly trusted: boolean;
  readonly iss: string;
  /** The container's serial. */
  readonly container: string;
  /** The license as the container held it. */
  readonly license: ContainerLicense;
  /** As the document says: no signature covers it. */
  readonly order: string;
  /** The step of the sequence that removed it, as the document says: no signature covers it. */
  readonly cause: Cause;
  /** The counter of the update that removed it, and the time when the vendor planned it. */
  readonly counter: number;
  readonly removedAt: number;
  /** The container's place when it signed the receipt, and the time by the container's clock. */
  readonly receiptCounter: number;
  readonly receiptAt: number;
  /** The key set whose keys signed the updates. */
  readonly keySet: number;
  /** The `kid` of each root key of that set, to compare with what the vendor publishes. */
  readonly rootKeys: readonly string[];
}

export type EvidenceResult =
  | ({ readonly ok: true } & ProvenRemoval)
  | {
      readonly ok: false;
      readonly code: EvidenceFault;
      /** The fault of a part: of a key set, an update or a context. */
      readonly detail?: KeySetFault | ApplyFault | ContextFault | 'version';
      /** Of the key sets or the updates, from 0. */
      readonly index?: number;
    };

type Refusal = Extract<EvidenceResult, { ok: false }>;

/**
 * Verifies evidence without a server. Members that it does not know are ignored. It returns a code for hostile input instead of
 * throwing.
 *
 * @param document as {@link parseEvidence} reads it
 * @param trust a `Trust`: what the verifier knows the vendor by. Without it, anybody can have made the document: compare `iss` and
 *   `rootKeys` of the result with the vendor's
 *
 * @example
 * const parsed = parseEvidence(text);
 * const result = await verifyEvidence(parsed.ok ? parsed.value : undefined, { keySets });
 * if (result.ok) console.log(`${result.license.id} left container ${result.container}`);
 * else console.error(`refused: ${result.code}`);
 */
export async function verifyEvidence(document: unknown, trust?: unknown): Promise<EvidenceResult> {
  if (!hasForm(document)) return refused('schema');
  if (document.version !== EVIDENCE_VERSION) return refused('version');
  const keySet = await keySetOf(document, trust);
  if ('ok' in keySet) return keySet;
  if (document.iss !== keySet.iss) return refused('issuer');
  const newestKeySet = Math.max(keySet.version, document.keySets.length);
  const verified = await verifyContext(document.receipt, { issuer: keySet.iss, newestKeySet });
  if (!verified.ok) return { ...refused('receipt'), detail: verified.reason };
  const removal = await replay(document, verified.context.serial, keySet);
  if ('ok' in removal) return removal;
  const { content, ...removed } = removal;
  const { counter, digest, iat, serial } = verified.context;
  if (counter !== content.counter || digest !== (await digestOf(content))) return refused('receipt-place');
  return {
    ok: true,
    trusted: trust !== undefined,
    iss: keySet.iss,
    container: serial,
    order: document.order,
    ...removed,
    receiptCounter: counter,
    receiptAt: iat,
    keySet: keySet.version,
    rootKeys: keySet.root.keys.map(({ kid }) => kid),
  };
}

/** Parses the text of a document strictly: a member that occurs twice is an error, since parsers disagree about it. */
export function parseEvidence(text: string): JsonResult {
  return parseJson(text, { maxBytes: MAX_EVIDENCE_BYTES });
}

function refused(code: EvidenceFault): Refusal {
  return { ok: false, code };
}

/** A document of the right form, whose parts are not verified. */
interface Unverified extends Omit<Evidence, 'version' | 'updates' | 'keySets'> {
  readonly version: unknown;
  readonly updates: readonly [unknown, ...unknown[]];
  readonly keySets: readonly unknown[];
}

function hasForm(document: unknown): document is Unverified {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return false;
  const { type, version, iss, license, order, before, updates, receipt, keySets } = document as Record<string, unknown>;
  return (
    type === EVIDENCE_TYPE &&
    version !== undefined &&
    typeof iss === 'string' &&
    isName(license, MAX_NAME_LENGTH) &&
    typeof order === 'string' &&
    isContent(before) &&
    Array.isArray(updates) &&
    updates.length >= 1 &&
    updates.length <= MAX_UPDATES &&
    typeof receipt === 'string' &&
    Array.isArray(keySets) &&
    keySets.length >= 1 &&
    keySets.length <= MAX_KEY_SETS
  );
}

/** The newest key set that the verifier trusts; without trust, the newest one of the document. */
async function keySetOf(document: Unverified, trust: unknown): Promise<KeySet | Refusal> {
  const anchor = trust === undefined ? undefined : await readTrust(trust);
  if (anchor?.ok === false) return refused('trust');
  const read = await extendKeySets([], document.keySets);
  if (!read.ok) return { ...refused('key-sets'), detail: read.code, index: read.index };
  const newest = anchor === undefined ? read.keySets.at(-1) : await newestTrusted(anchor.anchor, read.keySets);
  // Every set of the document must be the vendor's, or older than the set that the verifier has.
  const last = read.keySets.at(-1);
  return newest === undefined || last === undefined || last.version > newest.version ? refused('untrusted') : newest;
}

type Replayed = Pick<ProvenRemoval, 'license' | 'cause' | 'counter' | 'removedAt'> & {
  /** After the last update. */
  readonly content: Content;
};

/** Applies the updates in order to `before`, as the container did. */
async function replay(document: Unverified, serial: string, keySet: KeySet): Promise<Replayed | Refusal> {
  const { before, updates, license: id } = document;
  const license = before.licenses.find((one) => one.id === id);
  if (license === undefined) return refused('license-not-before');
  let content = before;
  let removal: Omit<Replayed, 'content'> | undefined;
  for (const [index, update] of updates.entries()) {
    const applied = await applyUpdate(content, serial, update, keySet);
    if (!applied.ok) return { ...refused('updates'), detail: applied.code, index };
    const { payload, operations } = applied;
    content = applied.content;
    const isHeld = content.licenses.some((one) => one.id === id);
    if (removal !== undefined) {
      if (isHeld) return { ...refused('license-returned'), index };
      continue;
    }
    const remove = operations.find((operation) => operation.op === 'remove' && operation.license === id);
    if (isHeld || remove === undefined) return { ...refused('license-not-removed'), index };
    removal = { license, cause: remove.cause, counter: payload.to.counter, removedAt: payload.iat };
  }
  return removal === undefined ? refused('schema') : { ...removal, content };
}
