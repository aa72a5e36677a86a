/**
 * The Web Crypto calls of the product, computed synchronously, with the same results. Web Crypto's thread pool returns
 * in an order that no seed decides, and a simulated history must be repeatable.
 */
import { createHash, KeyObject, sign, verify, type webcrypto } from 'node:crypto';

type Bytes = ArrayBuffer | ArrayBufferView;

/** Installs the synchronous functions in this process or worker. @returns a function that restores the originals. */
export function useSynchronousCrypto(): () => void {
  const { subtle } = crypto;
  const { digest, sign: signLater, verify: verifyLater } = subtle;
  const replacements = {
    digest: (algorithm: unknown, data: Bytes) => {
      if (algorithm !== 'SHA-256' && algorithm !== 'sha256') {
        const name = (algorithm as { name?: string } | undefined)?.name;
        if (name !== 'SHA-256') return digest.call(subtle, algorithm as string, data as ArrayBuffer);
      }
      return Promise.resolve(toArrayBuffer(createHash('sha256').update(bytesOf(data)).digest()));
    },
    sign: (_algorithm: unknown, key: webcrypto.CryptoKey, data: Bytes) =>
      Promise.resolve(toArrayBuffer(signatureOf(keyOf(key), bytesOf(data)))),
    verify: (_algorithm: unknown, key: webcrypto.CryptoKey, signature: Bytes, data: Bytes) =>
      Promise.resolve(isSignatureOf(keyOf(key), bytesOf(data), bytesOf(signature))),
  };
  Object.assign(subtle, replacements);
  return () => {
    Object.assign(subtle, { digest, sign: signLater, verify: verifyLater });
  };
}

interface Key {
  readonly object: KeyObject;
  /** The public half of the pair, base64url. */
  readonly x: string;
}

const keys = new WeakMap<object, Key>();

function keyOf(key: webcrypto.CryptoKey): Key {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const object = KeyObject.from(key as Parameters<typeof KeyObject.from>[0]);
  if (object.asymmetricKeyType !== 'ed25519') throw new TypeError('Only Ed25519 keys are expected here');
  const made = { object, x: String(object.export({ format: 'jwk' }).x) };
  keys.set(key, made);
  return made;
}

/** Verified signatures by pair and signature: the bytes that were signed here. */
const signed = new Map<string, Uint8Array>();
const MOST_SIGNED = 10_000;

const nameOf = ({ x }: Key, signature: Uint8Array): string => x + Buffer.from(signature).toString('base64');

function signatureOf(key: Key, data: Uint8Array): Uint8Array {
  const signature = sign(null, data, key.object);
  if (signed.size >= MOST_SIGNED) signed.clear();
  signed.set(nameOf(key, signature), data.slice());
  return signature;
}

/** Verification takes three times as long as signing, and most signatures were made here a moment ago. */
function isSignatureOf(key: Key, data: Uint8Array, signature: Uint8Array): boolean {
  const known = signed.get(nameOf(key, signature));
  return (known !== undefined && Buffer.compare(known, data) === 0) || verify(null, data, key.object, signature);
}

function bytesOf(data: Bytes): Uint8Array {
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}
