/**
 * The Web Crypto calls of the product, computed at once. They are the same hashes and signatures; but Web Crypto's come
 * back from a pool of threads in an order that no seed decides, and a simulated history must be the same each time.
 */
import { createHash, KeyObject, sign, verify, type webcrypto } from 'node:crypto';

type Bytes = ArrayBuffer | ArrayBufferView;

/** Puts the synchronous ones in place, in this process or worker. @returns a function that takes them out again. */
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
      Promise.resolve(toArrayBuffer(sign(null, bytesOf(data), keyObjectOf(key)))),
    verify: (_algorithm: unknown, key: webcrypto.CryptoKey, signature: Bytes, data: Bytes) =>
      Promise.resolve(verify(null, bytesOf(data), keyObjectOf(key), bytesOf(signature))),
  };
  Object.assign(subtle, replacements);
  return () => {
    Object.assign(subtle, { digest, sign: signLater, verify: verifyLater });
  };
}

const keyObjects = new WeakMap<object, KeyObject>();

function keyObjectOf(key: webcrypto.CryptoKey): KeyObject {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = KeyObject.from(key as Parameters<typeof KeyObject.from>[0]);
  if (made.asymmetricKeyType !== 'ed25519') throw new TypeError('Only Ed25519 keys are expected here');
  keyObjects.set(key, made);
  return made;
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
