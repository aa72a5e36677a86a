import { createHash } from 'node:crypto';
import {
  type ContainerLicense,
  canonicalContent,
  canonicalJson,
  hasMembers,
  normalizeContent,
} from '../protocol/index.ts';
import { ContainerError } from './container-error.ts';
import { keepDigest } from './content-digest.ts';
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
  const { counter, licenses } = normalizeContent(state.content);
  const content = { counter, licenses: licenses.map(inCanonicalOrder) };
  const file = { version: VERSION, key: { kty, crv, x, d }, ...writtenState({ ...state, content }) };
  return { ...file, checksum: checksumOf(file) };
}

/** The license with its members in the order of canonical JSON, so that reading it needs no sorted copy. */
function inCanonicalOrder({ crit, id, product, requires, terms }: ContainerLicense): ContainerLicense {
  const sorted = Object.fromEntries(Object.entries(terms).sort(([one], [other]) => (one < other ? -1 : 1)));
  return { ...(crit === undefined ? {} : { crit }), id, product, requires, terms: sorted };
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
  // The content is normalized: its canonical JSON is what the vendor has signed the digest of, and a part of the checksum's.
  const content = canonicalContent(state.content);
  if (checksum !== sha256(withContent(content, rest))) {
    throw new ContainerError('checksum', 'The checksum does not match: the file was changed or damaged.');
  }
  // The checksum does not cover white space, escapes, members that occur twice and bytes that are not UTF-8.
  if (textOf(file) !== text) {
    throw new ContainerError(
      'malformed',
      'The file does not have the form that this program writes: it was changed or damaged.',
    );
  }
  keepDigest(state.content, sha256(content));
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
  return sha256(canonicalJson(file));
}

/** The canonical JSON of a file whose content is known in this form: `content` is the first of its members. */
function withContent(content: string, { content: _, ...others }: Readonly<Record<string, unknown>>): string {
  return `{"content":${content},${canonicalJson(others).slice(1)}`;
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
