/** A `Signer` with Ed25519 keys in a file that only its owner can read. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { statSync } from 'node:fs';
import type { JWK } from 'jose';
import type { Signer } from '../functions/dependencies.ts';
import { type KeyWithId, serialOf } from '../protocol/index.ts';
import { createSecretFile, readSecretFile } from './secret-file.ts';

/** KMS signs no longer messages with Ed25519, so this signer rejects them too. */
const MAX_MESSAGE_BYTES = 4_096;

/**
 * Opens the key file, a JWK set of Ed25519 private keys, and creates it with one new key if it does not exist. The newest key set
 * decides which key signs. When the file changes, the signer reads it again, so that a new key needs no restart.
 * @param path file with mode 0600; `undefined` for a new key that is only in memory
 * @throws Error if the file contains anything but Ed25519 private keys
 */
export async function openFileSigner(path: string | undefined, warn: (message: string) => void): Promise<Signer> {
  const text = path === undefined ? newKeyFile() : (readSecretFile(path, warn) ?? createSecretFile(path, newKeyFile()));
  let state = path === undefined ? '' : stateOf(path);
  let keys = await parseKeyFile(text, path ?? 'memory');
  const current = async (): Promise<readonly SigningKey[]> => {
    if (path === undefined) return keys;
    const now = stateOf(path);
    if (now === state) return keys;
    state = now;
    try {
      const changed = readSecretFile(path, warn);
      if (changed !== undefined) keys = await parseKeyFile(changed, path);
    } catch (error) {
      warn(`The keys that were read before stay in use: ${(error as Error).message}`);
    }
    return keys;
  };
  return {
    publicKeys: async () => (await current()).map(({ jwk }) => ({ ...jwk })),
    async sign(kid, message) {
      const signing = (await current()).find(({ jwk }) => jwk.kid === kid);
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

/** What changes when the file is replaced or written; empty if it does not exist. */
function stateOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

/** A private key of a key file. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly jwk: KeyWithId;
}

/** A new private key as a JWK. */
export function newPrivateJwk(): JWK {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as JWK;
}

/** The text of a key file with these private keys. */
export function formatKeyFile(keys: readonly JWK[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

function newKeyFile(): string {
  return formatKeyFile([newPrivateJwk()]);
}

/**
 * Reads a key file.
 * @throws Error that names `source` and does not quote the text
 */
export async function parseKeyFile(text: string, source: string): Promise<SigningKey[]> {
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
