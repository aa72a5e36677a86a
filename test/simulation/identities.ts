/** Keys of containers and of the vendor, derived from numbers, so that every run has the same ones. */
import { createPrivateKey, sign } from 'node:crypto';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import type { Signer } from '../../functions/dependencies.ts';
import { type KeyWithId, type PublicJwk, publicPart, serialOf } from '../../protocol/index.ts';

export interface Identity {
  readonly serial: string;
  readonly publicJwk: PublicJwk;
  readonly privateKey: CryptoKey;
}

/** PKCS #8 for Ed25519 (RFC 8410), up to the 32 bytes of the key. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateJwk(number: number): JWK {
  const seed = Buffer.alloc(32, number + 1);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  return key.export({ format: 'jwk' }) as JWK;
}

const made = new Map<number, Promise<Identity>>();

/** The container of this number. */
export function identity(number: number): Promise<Identity> {
  const known = made.get(number) ?? makeIdentity(number);
  made.set(number, known);
  return known;
}

async function makeIdentity(number: number): Promise<Identity> {
  const jwk = privateJwk(number);
  const publicJwk = publicPart(jwk);
  // Without it Node refuses synchronous use of the key.
  const privateKey = (await importJWK(jwk, 'Ed25519', { extractable: true })) as CryptoKey;
  return { serial: await serialOf(publicJwk), publicJwk, privateKey };
}

const VENDOR = 200;

export interface VendorKey {
  readonly kid: string;
  readonly jwk: KeyWithId;
  sign(message: Uint8Array): Uint8Array;
}

let vendor: Promise<VendorKey> | undefined;

/** The key that signs updates. */
export function vendorKey(): Promise<VendorKey> {
  vendor ??= makeVendorKey();
  return vendor;
}

async function makeVendorKey(): Promise<VendorKey> {
  const jwk = privateJwk(VENDOR);
  const publicJwk = publicPart(jwk);
  const kid = await serialOf(publicJwk);
  const key = createPrivateKey({ key: jwk as Record<string, string>, format: 'jwk' });
  return { kid, jwk: { ...publicJwk, kid }, sign: (message) => sign(null, message, key) };
}

/** A signer outside the simulated world: signing does not stop at a port. */
export async function plainSigner(): Promise<Signer> {
  const key = await vendorKey();
  return {
    sign: (_, message) => Promise.resolve(key.sign(message)),
    publicKeys: () => Promise.resolve([key.jwk]),
  };
}
