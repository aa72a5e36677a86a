/** A `Signer` with Ed25519 keys in a file that only its owner can read. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { JWK } from 'jose';
import type { Signer } from '../functions/dependencies.ts';
import { type KeyWithId, serialOf } from '../protocol/index.ts';
import { createSecretFile, readSecretFile } from './secret-file.ts';

/** KMS signs no longer messages with Ed25519, so this signer rejects them too. */
const MAX_MESSAGE_BYTES = 4_096;

/**
 * Opens the key file, a JWK set with the current key first, and creates it with one new key if it does not exist. Older keys
 * may follow. The newest key set decides which key signs.
 * @param path file with mode 0600; `undefined` for a new key that is only in memory
 * @throws Error if the file contains anything but Ed25519 private keys
 */
export async function openFileSigner(path: string | undefined, warn: (message: string) => void): Promise<Signer> {
  const text = path === undefined ? newKeySet() : (readSecretFile(path, warn) ?? createSecretFile(path, newKeySet()));
  const keys = await parseKeySet(text, path ?? 'memory');
  return {
    publicKeys: async () => keys.map(({ jwk }) => ({ ...jwk })),
    async sign(kid, message) {
      const signing = keys.find(({ jwk }) => jwk.kid === kid);
      if (signing === undefined) throw new Error(`The key file must have the key ${kid}, but has not`);
      if (message.byteLength > MAX_MESSAGE_BYTES) {
        throw new RangeError(
          `A message to be signed must have at most ${MAX_MESSAGE_BYTES} bytes; got ${message.byteLength}`,
        );
      }
      return sign(null, message, signing.key);
    },
  };
}

interface SigningKey {
  readonly key: KeyObject;
  readonly jwk: KeyWithId;
}

function newKeySet(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return `${JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }, null, 2)}\n`;
}

async function parseKeySet(text: string, source: string): Promise<SigningKey[]> {
  const message = `${source} must be a JWK set of Ed25519 private keys. Restore a backup, or move the file away to start with a new key.`;
  const keys = readKeys(text);
  if (keys === undefined) throw new Error(message);
  try {
    return await Promise.all(keys.map(toSigningKey));
  } catch (error) {
    throw new Error(message, { cause: error });
  }
}

/** Discards the parser's error, because it quotes the text, which contains private keys. */
function readKeys(text: string): JWK[] | undefined {
  try {
    const { keys } = JSON.parse(text);
    return Array.isArray(keys) && keys.length > 0 ? keys : undefined;
  } catch {
    return undefined;
  }
}

async function toSigningKey(stored: JWK): Promise<SigningKey> {
  const key = createPrivateKey({ key: stored as Record<string, string>, format: 'jwk' });
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(`A signing key must be an Ed25519 key; got ${key.asymmetricKeyType}`);
  }
  // Computed from the private key, so that a wrong `x` or `kid` in the file is never published.
  const { x } = key.export({ format: 'jwk' });
  if (typeof x !== 'string') throw new TypeError('Bug: the key has no public part');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  return { key, jwk: { ...jwk, kid: await serialOf(jwk) } };
}
