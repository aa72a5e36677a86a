import { expect, test } from 'vitest';
import { isCanonicalSignature, isPublicJwk, isThumbprint } from '../../../protocol/ed25519.ts';

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** A signature of 64 bytes with this S, little-endian. */
const signature = (s: bigint): Uint8Array => {
  const hex = s.toString(16).padStart(64, '0');
  return Buffer.concat([Buffer.alloc(32, 1), Buffer.from(hex, 'hex').reverse()]);
};

test.each([
  [0n, true],
  [GROUP_ORDER - 1n, true],
  [GROUP_ORDER, false],
  [GROUP_ORDER + 1n, false],
  [2n ** 256n - 1n, false],
])('only a signature with S below the group order is canonical (RFC 8032, section 5.1.7): S = %i', (s, isCanonical) => {
  expect(isCanonicalSignature(signature(s))).toBe(isCanonical);
});

test('a signature of 63 or 65 bytes is not canonical', () => {
  expect(isCanonicalSignature(signature(1n).subarray(0, 63))).toBe(false);
  expect(isCanonicalSignature(Buffer.concat([signature(1n), Buffer.alloc(1)]))).toBe(false);
});

const THUMBPRINT = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';

test('only the canonical base64url of 32 bytes is a thumbprint', () => {
  expect(isThumbprint(THUMBPRINT)).toBe(true);
  // Two bits of the last character are unused and must be 0.
  expect(isThumbprint(`${THUMBPRINT.slice(0, -1)}l`)).toBe(false);
  expect(isThumbprint(`${THUMBPRINT.slice(0, -1)}=`)).toBe(false);
  expect(isThumbprint(THUMBPRINT.replace('_', '/'))).toBe(false);
  expect(isThumbprint(THUMBPRINT.slice(1))).toBe(false);
  expect(isThumbprint(`${THUMBPRINT}A`)).toBe(false);
  expect(isThumbprint('')).toBe(false);
});

test.each([[undefined], [null], [43], [[THUMBPRINT]], [{ length: 43 }], [Object.assign([THUMBPRINT], { length: 43 })]])(
  'a value that is not a string is not a thumbprint: %j',
  (value) => {
    expect(isThumbprint(value)).toBe(false);
  },
);

const keyOf = (hex: string) => ({ kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') });

test('keys with either sign of x are valid (RFC 8032, section 7.1, tests 1 and SHA(abc))', () => {
  expect(isPublicJwk(keyOf('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'))).toBe(true);
  expect(isPublicJwk(keyOf('ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf'))).toBe(true);
});

test.each(['00', '80'])('a point of small order is not a key: sign of x %s', (sign) => {
  expect(isPublicJwk(keyOf(`01${'00'.repeat(30)}${sign}`))).toBe(false);
  expect(isPublicJwk(keyOf(`${'00'.repeat(31)}${sign}`))).toBe(false);
});
