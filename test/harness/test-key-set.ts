import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { KeySets } from '../../functions/dependencies.ts';
import {
  assembleJws,
  type KeySet,
  type KeySetPayload,
  type KeyWithId,
  keySetSigningInput,
  type SignedKeySet,
  serialOf,
  verifyKeySet,
} from '../../protocol/index.ts';

/** PKCS #8 for Ed25519 (RFC 8410), up to the 32 bytes of the key. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key of a number: every run has the same ones. */
export interface TestKey {
  readonly jwk: KeyWithId;
  readonly key: KeyObject;
  sign(message: Uint8Array): Uint8Array;
}

export async function testKey(number: number): Promise<TestKey> {
  const seed = Buffer.alloc(32, number);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const { x } = key.export({ format: 'jwk' }) as { x: string };
  const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  return { jwk: { ...jwk, kid: await serialOf(jwk) }, key, sign: (message) => sign(null, message, key) };
}

/** Signs a key set with these root keys. */
export function signTestKeySet(payload: KeySetPayload, signers: readonly TestKey[]): SignedKeySet {
  return {
    jws: signers.map(({ jwk, sign: signBy }) => {
      const input = keySetSigningInput({ kid: jwk.kid, payload });
      return assembleJws(input, signBy(new TextEncoder().encode(input)));
    }),
  };
}

const ROOT = 250;

/** Key set 1 of a vendor, signed by a root key that all tests share. */
export async function firstKeySet(iss: string, update: readonly KeyWithId[]): Promise<KeySet> {
  const root = await testKey(ROOT);
  const payload: KeySetPayload = { iss, version: 1, iat: 1, root: { threshold: 1, keys: [root.jwk] }, update };
  const verified = await verifyKeySet(signTestKeySet(payload, [root]));
  if (!verified.ok) throw new Error(`The key set of the test is refused: ${verified.code}`);
  return verified.keySet;
}

/** Key sets that never change. */
export function fixedKeySets(keySets: readonly KeySet[]): KeySets {
  return { all: () => Promise.resolve(keySets), forget: () => undefined };
}
