import { createHash } from 'node:crypto';
import { defined } from '../protocol/defined.ts';
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

/** The content of a container file without its version and checksum. */
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
const MAX_CONTAINER_BYTES = 64 * 1024 * 1024;

/** The text of a state, always the same bytes: indented, members in a fixed order, a checksum at the end. */
export function writeContainerFile(state: ContainerState): string {
  const { kty, crv, x, d } = state.key;
  const { server, keys } = state.vendor;
  const file = {
    version: VERSION,
    key: { kty, crv, x, d },
    vendor: {
      ...defined({ server }),
      keys: keys.map((key) => ({ kty: key.kty, crv: key.crv, x: key.x, kid: key.kid })),
    },
    content: normalizeContent(state.content),
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
  if (typeof version === 'number' && version > VERSION) {
    throw new ContainerError(
      'version',
      `The file has version ${version}; this program reads versions up to ${VERSION}.`,
    );
  }
  if (!isContainerFile(file)) throw new ContainerError('schema', 'The file is not a container file.');
  const { checksum, ...rest } = file;
  if (checksum !== checksumOf(rest)) {
    throw new ContainerError('checksum', 'The checksum does not match: the file was changed or damaged.');
  }
  const state: ContainerState = { key: file.key, vendor: file.vendor, content: file.content };
  // The checksum does not cover white space and escapes.
  if (!Buffer.from(writeContainerFile(state)).equals(bytes)) {
    throw new ContainerError(
      'malformed',
      'The file does not have the form that this program writes: it was changed or damaged.',
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
