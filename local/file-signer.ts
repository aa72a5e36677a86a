/** The `Signer` of one machine: Ed25519 keys in a file that only its owner can read. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { Signer } from '../functions/dependencies.ts';
import { createSecretFile, readSecretFile } from './secret-file.ts';

/** KMS signs no longer message with Ed25519; what would fail in the cloud must fail here. */
const MAX_MESSAGE_BYTES = 4_096;

/**
 * Opens the key file, a JWK set with the current key first, and makes it with one new key if it is absent. Older keys may
 * follow the current one: they are still published, so that containers accept updates from before a change of keys.
 * @param path file with mode 0600; `undefined` keeps a new key in memory only.
 * @throws Error when the file holds anything but Ed25519 private keys.
 */
export async function openFileSigner(path: string | undefined, warn: (message: string) => void): Promise<Signer> {
  const text = path === undefined ? newKeySet() : (readSecretFile(path, warn) ?? createSecretFile(path, newKeySet()));
  const keys = await parseKeySet(text, path ?? 'memory');
  const [current] = keys;
  if (current === undefined) throw new Error('There is no signing key.');
  return {
    kid: async () => current.kid,
    sign: (message) =>
      message.byteLength > MAX_MESSAGE_BYTES
        ? Promise.reject(
            new RangeError(`${message.byteLength} bytes are more than the ${MAX_MESSAGE_BYTES} that can be signed.`),
          )
        : Promise.resolve(sign(null, message, current.key)),
    publicKeys: async () => keys.map(({ jwk }) => ({ ...jwk })),
  };
}

interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
  readonly jwk: JWK;
}

function newKeySet(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return `${JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }, null, 2)}\n`;
}

async function parseKeySet(text: string, source: string): Promise<SigningKey[]> {
  const said = `${source} is not a JWK set of Ed25519 private keys. Put back a copy, or move it away to start with a new key.`;
  const keys = readKeys(text);
  if (keys === undefined) throw new Error(said);
  try {
    return await Promise.all(keys.map(toSigningKey));
  } catch (error) {
    throw new Error(said, { cause: error });
  }
}

/** Without the parser's error: it quotes the text, and the text is a private key. */
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
    throw new TypeError(`A key of type ${key.asymmetricKeyType} signs no updates.`);
  }
  // Taken from the key itself and not from the file, so that a wrong `x` or `kid` in the file cannot be published.
  const { x } = key.export({ format: 'jwk' });
  if (typeof x !== 'string') throw new TypeError('The key has no public part.');
  const kid = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x }, 'sha256');
  return { kid, key, jwk: { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' } };
}
