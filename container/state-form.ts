import { defined } from '../protocol/defined.ts';
import {
  hasMembers,
  isContent,
  isCount,
  isName,
  type KeySet,
  MAX_JTI_LENGTH,
  MAX_JWS_LENGTH,
  readKeySet,
} from '../protocol/index.ts';
import { readServer } from '../protocol/server-address.ts';
import type { ContainerState, LastContext } from './store.ts';

/** The members of a state as a store writes them: key sets in their signed form only. */
export interface WrittenState extends Omit<ContainerState, 'vendor'> {
  readonly vendor: { readonly server?: string; readonly keySets: readonly { readonly jws: readonly string[] }[] };
}

/** A state in the form that a store writes. */
export function writtenState({ vendor, content, seal, lease, newestIat, context }: ContainerState): WrittenState {
  const keySets = vendor.keySets.map(({ signed }) => ({ jws: [...signed.jws] }));
  return {
    vendor: { ...defined({ server: vendor.server }), keySets },
    content,
    ...defined({ seal, lease }),
    newestIat,
    ...defined({ context: context === undefined ? undefined : { jti: context.jti, iat: context.iat } }),
  };
}

/**
 * Reads a state that a store has written; `undefined` if a member is missing, unknown or malformed. The key sets were verified
 * when the container took them; a program that has `trust` verifies them again.
 */
export function readState(value: unknown): ContainerState | undefined {
  if (!isWrittenState(value)) return undefined;
  const { vendor, ...members } = value;
  const keySets = readKeySets(vendor.keySets);
  return keySets && { ...members, vendor: { ...defined({ server: vendor.server }), keySets } };
}

function isWrittenState(value: unknown): value is WrittenState {
  return (
    hasMembers(value, ['vendor', 'content', 'newestIat'], ['seal', 'lease', 'context']) &&
    isVendor(value.vendor) &&
    isContent(value.content) &&
    isCount(value.newestIat) &&
    isTextIfGiven(value, 'seal') &&
    isTextIfGiven(value, 'lease') &&
    (!Object.hasOwn(value, 'context') || isLastContext(value.context))
  );
}

function isTextIfGiven(value: object, name: string): boolean {
  return !Object.hasOwn(value, name) || isName(Reflect.get(value, name), MAX_JWS_LENGTH);
}

function isLastContext(value: unknown): value is LastContext {
  return hasMembers(value, ['jti', 'iat']) && isName(value.jti, MAX_JTI_LENGTH) && isCount(value.iat);
}

function isVendor(value: unknown): value is WrittenState['vendor'] {
  if (!hasMembers(value, ['keySets'], ['server']) || !Array.isArray(value.keySets)) return false;
  if (!Object.hasOwn(value, 'server')) return true;
  return typeof value.server === 'string' && readServer(value.server) === value.server;
}

/** Versions rise; there is at least one. */
function readKeySets(values: readonly unknown[]): KeySet[] | undefined {
  const keySets: KeySet[] = [];
  for (const value of values) {
    const read = readKeySet(value);
    if (!read.ok || (keySets.at(-1)?.version ?? 0) >= read.keySet.version) return undefined;
    keySets.push(read.keySet);
  }
  return keySets.length === 0 ? undefined : keySets;
}
