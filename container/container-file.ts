import { createHash } from 'node:crypto';
import { defined } from '../protocol/defined.ts';
import {
  type Content,
  canonicalJson,
  decodeBase64url,
  hasMembers,
  isContent,
  isCount,
  isName,
  isPublicJwk,
  type KeySet,
  MAX_JTI_LENGTH,
  MAX_JWS_LENGTH,
  normalizeContent,
  parseJson,
  readKeySet,
} from '../protocol/index.ts';
import { readServer } from '../protocol/server-address.ts';
import { ContainerError } from './container-error.ts';

/** The container's key pair, private part included. */
export interface PrivateJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
}

/** The content of a container file without its version and checksum. */
export interface ContainerState {
  readonly key: PrivateJwk;
  readonly vendor: {
    /** Base address of the vendor's server, without a slash at the end. */
    readonly server?: string;
    /** The key sets of the vendor in the order of their versions, at least one. */
    readonly keySets: readonly KeySet[];
  };
  readonly content: Content;
  /** JWS of the last applied update: the vendor's proof of the content. Absent in a new container. */
  readonly seal?: string;
  /** JWS of the last lease that the container took. */
  readonly lease?: string;
  /** The highest `iat` of an update or a lease, in seconds since 1970; 0 in a new container. */
  readonly newestIat: number;
  /** The last context that the container made. Absent in a new container. */
  readonly context?: LastContext;
}

export interface LastContext {
  readonly jti: string;
  /** Seconds since 1970. The next context has a higher one (C1). */
  readonly iat: number;
}

const VERSION = 2;
const MAX_CONTAINER_BYTES = 64 * 1024 * 1024;

/** The text of a state, always the same bytes: indented, members in a fixed order, a checksum at the end. */
export function writeContainerFile(state: ContainerState): string {
  const { kty, crv, x, d } = state.key;
  const { server, keySets } = state.vendor;
  const { seal, lease, newestIat, context } = state;
  const file = {
    version: VERSION,
    key: { kty, crv, x, d },
    vendor: { ...defined({ server }), keySets: keySets.map(({ signed }) => ({ jws: [...signed.jws] })) },
    content: normalizeContent(state.content),
    ...defined({ seal, lease }),
    newestIat,
    ...defined({ context: context === undefined ? undefined : { jti: context.jti, iat: context.iat } }),
  };
  return `${JSON.stringify({ ...file, checksum: checksumOf(file) }, null, 2)}\n`;
}

/**
 * Parses a container file. It must be byte for byte as `writeContainerFile` writes it. Errors do not quote the file, because
 * it contains a private key.
 *
 * @throws ContainerError `too-large`, `malformed`, `version`, `schema` or `checksum`.
 */
export function readContainerFile(bytes: Uint8Array): ContainerState {
  const json = parseJson(bytes, { maxBytes: MAX_CONTAINER_BYTES, maxDepth: 8 });
  if (!json.ok) {
    if (json.code === 'too-large')
      throw new ContainerError(
        'too-large',
        `The file is larger than a container can be: at most ${MAX_CONTAINER_BYTES} bytes.`,
      );
    throw new ContainerError('malformed', `The file is not valid JSON: ${json.code}.`);
  }
  const file = json.value;
  const version: unknown = typeof file === 'object' && file !== null ? Reflect.get(file, 'version') : undefined;
  if (typeof version === 'number' && version !== VERSION) {
    throw new ContainerError('version', `The file has version ${version}; this program reads version ${VERSION}.`);
  }
  if (!isContainerFile(file)) throw new ContainerError('schema', 'The file is not a container file.');
  const keySets = readKeySets(file.vendor.keySets);
  if (keySets === undefined) throw new ContainerError('schema', 'The file has an invalid key set.');
  const { checksum, ...rest } = file;
  if (checksum !== checksumOf(rest)) {
    throw new ContainerError('checksum', 'The checksum does not match: the file was changed or damaged.');
  }
  const { version: _, ...members } = rest;
  const state: ContainerState = { ...members, vendor: { ...defined({ server: file.vendor.server }), keySets } };
  // The checksum does not cover white space and escapes.
  if (!Buffer.from(writeContainerFile(state)).equals(bytes)) {
    throw new ContainerError(
      'malformed',
      'The file does not have the form that this program writes: it was changed or damaged.',
    );
  }
  return state;
}

interface ContainerFile extends Omit<ContainerState, 'vendor'> {
  readonly version: typeof VERSION;
  readonly vendor: { readonly server?: string; readonly keySets: readonly unknown[] };
  readonly checksum: string;
}

function isContainerFile(value: unknown): value is ContainerFile {
  return (
    hasMembers(value, ['version', 'key', 'vendor', 'content', 'newestIat', 'checksum'], ['seal', 'lease', 'context']) &&
    value.version === VERSION &&
    isPrivateJwk(value.key) &&
    isVendor(value.vendor) &&
    isContent(value.content) &&
    isCount(value.newestIat) &&
    isTextIfGiven(value, 'seal') &&
    isTextIfGiven(value, 'lease') &&
    (!Object.hasOwn(value, 'context') || isLastContext(value.context)) &&
    typeof value.checksum === 'string'
  );
}

function isTextIfGiven(value: object, name: string): boolean {
  return !Object.hasOwn(value, name) || isName(Reflect.get(value, name), MAX_JWS_LENGTH);
}

function isLastContext(value: unknown): value is LastContext {
  return hasMembers(value, ['jti', 'iat']) && isName(value.jti, MAX_JTI_LENGTH) && isCount(value.iat);
}

/** The key sets were verified when the container took them; a program that has `trust` verifies them again. */
function readKeySets(values: readonly unknown[]): KeySet[] | undefined {
  const keySets: KeySet[] = [];
  for (const value of values) {
    const read = readKeySet(value);
    if (!read.ok || (keySets.at(-1)?.version ?? 0) >= read.keySet.version) return undefined;
    keySets.push(read.keySet);
  }
  return keySets.length === 0 ? undefined : keySets;
}

function isPrivateJwk(value: unknown): value is PrivateJwk {
  if (!hasMembers(value, ['kty', 'crv', 'x', 'd'])) return false;
  const { d, ...publicJwk } = value;
  return isPublicJwk(publicJwk) && typeof d === 'string' && decodeBase64url(d)?.length === 32;
}

function isVendor(value: unknown): value is ContainerFile['vendor'] {
  if (!hasMembers(value, ['keySets'], ['server']) || !Array.isArray(value.keySets)) return false;
  if (!Object.hasOwn(value, 'server')) return true;
  return typeof value.server === 'string' && readServer(value.server) === value.server;
}

function checksumOf(file: object): string {
  return `sha256:${createHash('sha256').update(canonicalJson(file)).digest('hex')}`;
}
