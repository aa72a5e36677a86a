import { createHash } from 'node:crypto';
import { defined } from '../protocol/defined.ts';
import {
  canonicalJson,
  hasMembers,
  isContent,
  isCount,
  isName,
  type KeySet,
  MAX_JTI_LENGTH,
  MAX_JWS_LENGTH,
  normalizeContent,
  readKeySet,
} from '../protocol/index.ts';
import { readServer } from '../protocol/server-address.ts';
import { ContainerError } from './container-error.ts';
import { isPrivateJwk, type PrivateJwk } from './private-jwk.ts';
import type { ContainerState, LastContext } from './store.ts';

/** The content of a container file without its version and checksum. */
export interface FileState extends ContainerState {
  readonly key: PrivateJwk;
}

const VERSION = 2;
const MAX_CONTAINER_BYTES = 64 * 1024 * 1024;

/** The text of a state, always the same bytes: indented, members in a fixed order, a checksum at the end. */
export function writeContainerFile(state: FileState): string {
  return textOf(documentOf(state));
}

function documentOf(state: FileState): object {
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
  return { ...file, checksum: checksumOf(file) };
}

function textOf(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Parses a container file. It must be byte for byte as `writeContainerFile` writes it. Errors do not quote the file, because
 * it contains a private key.
 *
 * @throws ContainerError `too-large`, `malformed`, `version`, `schema` or `checksum`.
 */
export function readContainerFile(bytes: Uint8Array): FileState {
  if (bytes.length > MAX_CONTAINER_BYTES) {
    const limit = `at most ${MAX_CONTAINER_BYTES} bytes`;
    throw new ContainerError('too-large', `The file is larger than a container can be: ${limit}.`);
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const file = parseFile(text);
  if (file === undefined) {
    throw new ContainerError(
      'malformed',
      `The file is ${bytes.length === 0 ? 'empty' : 'not valid JSON: it was damaged'}.`,
    );
  }
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
  // The checksum does not cover white space, escapes, members that occur twice and bytes that are not UTF-8.
  if (textOf(file) !== text) {
    throw new ContainerError(
      'malformed',
      'The file does not have the form that this program writes: it was changed or damaged.',
    );
  }
  const { version: _, vendor, ...members } = rest;
  return { ...members, vendor: { ...defined({ server: vendor.server }), keySets } };
}

/**
 * Node's own parser is fast, and what it accepts too much differs from the text that is written from its result. Its errors
 * quote the text, so they are not passed on.
 */
function parseFile(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface ContainerFile extends Omit<FileState, 'vendor'> {
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

function isVendor(value: unknown): value is ContainerFile['vendor'] {
  if (!hasMembers(value, ['keySets'], ['server']) || !Array.isArray(value.keySets)) return false;
  if (!Object.hasOwn(value, 'server')) return true;
  return typeof value.server === 'string' && readServer(value.server) === value.server;
}

function checksumOf(file: object): string {
  return `sha256:${createHash('sha256').update(canonicalJson(file)).digest('hex')}`;
}
