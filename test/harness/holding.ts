import type { CryptoKey, JWK } from 'jose';
import {
  applyFile,
  createContext,
  digestOf,
  EMPTY_CONTENT,
  type FileResult,
  type Holding,
  type KeySet,
  leaseIdOf,
  newestOf,
  type PublicJwk,
  type Wishes,
  wishOf,
} from '../../protocol/index.ts';

/** What a container in a test holds, and the time of its last context. */
export interface TestHolding extends Holding {
  /** Seconds since 1970; 0 before the first context. */
  readonly contextIat: number;
}

export interface ContainerKey {
  readonly serial: string;
  readonly publicJwk: PublicJwk;
  readonly privateKey: CryptoKey | JWK;
}

export function newHolding(serial: string, keySets: readonly KeySet[]): TestHolding {
  return { serial, keySets, content: EMPTY_CONTENT, newestIat: 0, contextJti: '', contextIat: 0 };
}

/** What a test changes in a context. */
export interface ContextChange {
  readonly wishes?: Wishes;
  readonly renew?: true;
  readonly counter?: number;
  readonly digest?: string;
  readonly iat?: number;
  readonly lease?: string;
  readonly keys?: number;
  readonly audience?: string;
  readonly wish?: string;
}

/** Signs a context as a container does: later than every context and statement before it (C1). */
export async function contextOfHolding(
  { publicJwk, privateKey }: ContainerKey,
  holding: TestHolding,
  { jti, clock, change = {} }: { readonly jti: string; readonly clock: number; readonly change?: ContextChange },
): Promise<{ readonly text: string; readonly holding: TestHolding }> {
  const { wishes = {}, ...overrides } = change;
  const { iss: audience, version: keys } = newestOf(holding);
  const iat = Math.max(clock, holding.newestIat, holding.contextIat + 1);
  const wish = await wishOf(wishes);
  const text = await createContext({
    privateKey,
    publicJwk,
    audience,
    keys,
    counter: holding.content.counter,
    digest: await digestOf(holding.content),
    jti,
    iat,
    lease: leaseIdOf(holding.lease),
    ...(wish === undefined ? {} : { wish }),
    ...overrides,
  });
  return { text, holding: { ...holding, contextJti: jti, contextIat: overrides.iat ?? iat } };
}

/** Applies an answer of the server, as a container does. */
export async function applyToHolding(
  holding: TestHolding,
  answer: object,
): Promise<Omit<FileResult, 'holding'> & { readonly holding: TestHolding }> {
  const { late } = answer as { readonly late?: number };
  const contextIat = Math.max(holding.contextIat, late ?? 0);
  const result = await applyFile(holding, { updates: [], ...answer });
  return { ...result, holding: { ...result.holding, contextIat } };
}
