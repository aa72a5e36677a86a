import { createHash } from 'node:crypto';
import {
  type Content,
  canonicalJson,
  decodeBase64url,
  hasMembers,
  isContent,
  isPublicJwk,
  normalizeContent,
  parseJson,
} from '../protocol/index.ts';
import { readServer } from '../protocol/server-address.ts';
import { ContainerError } from './container-error.ts';
import { areVendorKeys, type VendorKey } from './vendor-keys.ts';

/** The container's key pair, private part included. */
export interface PrivateJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
}

/** What a container file holds, beside its version and checksum. */
export interface ContainerState {
  readonly key: PrivateJwk;
  readonly vendor: {
    /** Base address of the vendor's server, without a slash at the end. */
    readonly server?: string;
    readonly keys: readonly VendorKey[];
  };
  readonly content: Content;
}

const VERSION = 1;
export const MAX_CONTAINER_BYTES = 64 * 1024 * 1024;

/** The one text of a state: readable, members in a fixed order, a checksum at the end. */
export function writeContainerFile(state: ContainerState): string {
  const { kty, crv, x, d } = state.key;
  const { server, keys } = state.vendor;
  const file = {
    version: VERSION,
    key: { kty, crv, x, d },
    vendor: {
      ...(server === undefined ? {} : { server }),
      keys: keys.map((key) => ({ kty: key.kty, crv: key.crv, x: key.x, kid: key.kid })),
    },
    content: normalizeContent(state.content),
  };
  return `${JSON.stringify({ ...file, checksum: checksumOf(file) }, null, 2)}\n`;
}

/**
 * Reads a container file, strictly: every byte of it counts. What the parser says of it is not quoted in errors, because
 * the text holds a private key.
 *
 * @throws ContainerError `too-large`, `malformed`, `version`, `schema` or `checksum`.
 */
export function readContainerFile(bytes: Uint8Array): ContainerState {
  const json = parseJson(bytes, { maxBytes: MAX_CONTAINER_BYTES, maxDepth: 8 });
  if (!json.ok) {
    if (json.code === 'too-large') throw new ContainerError('too-large', 'The file is larger than any container.');
    throw new ContainerError('malformed', `The file is no acceptable JSON: ${json.code}.`);
  }
  const file = json.value;
  const version: unknown = typeof file === 'object' && file !== null ? Reflect.get(file, 'version') : undefined;
  if (typeof version === 'number' && version > VERSION) {
    throw new ContainerError(
      'version',
      `The file has version ${version}; this program knows versions up to ${VERSION}.`,
    );
  }
  if (!isContainerFile(file)) throw new ContainerError('schema', 'The file is no container file.');
  const { checksum, ...rest } = file;
  if (checksum !== checksumOf(rest)) {
    throw new ContainerError('checksum', 'The checksum does not fit: the file was changed or damaged.');
  }
  const state: ContainerState = { key: file.key, vendor: file.vendor, content: file.content };
  // White space and escapes are outside the checksum; a file that this library wrote has only one form of them.
  if (!Buffer.from(writeContainerFile(state)).equals(bytes)) {
    throw new ContainerError(
      'malformed',
      'The file is not written as this program writes it: it was changed or damaged.',
    );
  }
  return state;
}

interface ContainerFile extends ContainerState {
  readonly version: typeof VERSION;
  readonly checksum: string;
}

function isContainerFile(value: unknown): value is ContainerFile {
  return (
    hasMembers(value, ['version', 'key', 'vendor', 'content', 'checksum']) &&
    value.version === VERSION &&
    isPrivateJwk(value.key) &&
    isVendor(value.vendor) &&
    isContent(value.content) &&
    typeof value.checksum === 'string'
  );
}

function isPrivateJwk(value: unknown): value is PrivateJwk {
  if (!hasMembers(value, ['kty', 'crv', 'x', 'd'])) return false;
  const { d, ...publicJwk } = value;
  return isPublicJwk(publicJwk) && typeof d === 'string' && decodeBase64url(d)?.length === 32;
}

function isVendor(value: unknown): value is ContainerState['vendor'] {
  if (!hasMembers(value, ['keys'], ['server']) || !areVendorKeys(value.keys)) return false;
  if (!Object.hasOwn(value, 'server')) return true;
  return typeof value.server === 'string' && readServer(value.server) === value.server;
}

function checksumOf(file: object): string {
  return `sha256:${createHash('sha256').update(canonicalJson(file)).digest('hex')}`;
}
