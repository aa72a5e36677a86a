import { createHash } from 'node:crypto';
import { canonicalJson, hasMembers, normalizeContent } from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';
import { isPrivateJwk, type PrivateJwk } from './private-jwk.ts';
import { readState, writtenState } from './state-form.ts';
import type { ContainerState } from './store.ts';

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

function documentOf({ key, ...state }: FileState): object {
  const { kty, crv, x, d } = key;
  const content = normalizeContent(state.content);
  const file = { version: VERSION, key: { kty, crv, x, d }, ...writtenState({ ...state, content }) };
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
  if (!hasMembers(file, MEMBERS, OPTIONAL) || !isPrivateJwk(file.key)) throw notContainer();
  const { checksum, ...rest } = file;
  const { version: _, key: __, ...written } = rest;
  const state = readState(written);
  if (state === undefined || version !== VERSION) throw notContainer();
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
  return { ...state, key: file.key };
}

const MEMBERS = ['version', 'key', 'vendor', 'content', 'newestIat', 'checksum'] as const;
const OPTIONAL = ['seal', 'lease', 'context'] as const;

function notContainer(): ContainerError {
  return new ContainerError('schema', 'The file is not a container file.');
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

function checksumOf(file: object): string {
  return `sha256:${createHash('sha256').update(canonicalJson(file)).digest('hex')}`;
}
