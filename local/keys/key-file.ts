/** Private keys in files: `signing-keys.json` and `root-keys.json`. */
import { sign } from 'node:crypto';
import type { JWK } from 'jose';
import type { Signer } from '../../functions/dependencies.ts';
import type { KeyWithId } from '../../protocol/index.ts';
import { formatKeyFile, newPrivateJwk, parseKeyFile } from '../file-signer.ts';
import { createSecretFile, readSecretFile, writeSecretFile } from '../secret-file.ts';

/** A JWK set of Ed25519 private keys with mode 0600. Every change replaces the whole file. */
export interface KeyFile {
  readonly path: string;
  /** Reads the public keys again; `undefined` if the file does not exist. */
  publicKeys(): Promise<readonly KeyWithId[] | undefined>;
  /** Creates the file with one new key, unless it exists. */
  create(): Promise<void>;
  /** Adds a new key at the end. */
  add(): Promise<KeyWithId>;
  remove(kid: string): Promise<void>;
  signer(): Signer;
}

export function keyFile(path: string, warn: (message: string) => void): KeyFile {
  async function read() {
    const text = readSecretFile(path, warn);
    return text === undefined ? undefined : parseKeyFile(text, path);
  }
  async function change(of: (keys: readonly JWK[]) => readonly JWK[]): Promise<void> {
    const keys = (await read()) ?? [];
    writeSecretFile(path, formatKeyFile(of(keys.map(({ key }) => key.export({ format: 'jwk' }) as JWK))));
  }
  return {
    path,
    publicKeys: async () => (await read())?.map(({ jwk }) => jwk),
    async create() {
      createSecretFile(path, formatKeyFile([newPrivateJwk()]));
    },
    async add() {
      const added = newPrivateJwk();
      await change((keys) => [...keys, added]);
      const found = (await read())?.find(({ jwk }) => jwk.x === added.x);
      if (found === undefined) throw new Error(`${path} was changed by another program. Run the command again.`);
      return found.jwk;
    },
    async remove(kid) {
      const gone = (await read())?.find(({ jwk }) => jwk.kid === kid);
      if (gone !== undefined) await change((keys) => keys.filter(({ x }) => x !== gone.jwk.x));
    },
    signer: () => ({
      publicKeys: async () => (await read())?.map(({ jwk }) => jwk) ?? [],
      async sign(kid, message) {
        const signing = (await read())?.find(({ jwk }) => jwk.kid === kid);
        if (signing === undefined) throw new Error(`${path} must have the key ${kid}, but has not`);
        return sign(null, message, signing.key);
      },
    }),
  };
}

/** A signer with the keys of all of these. */
export function combined(signers: readonly Signer[]): Signer {
  return {
    publicKeys: async () => (await Promise.all(signers.map((signer) => signer.publicKeys()))).flat(),
    async sign(kid, message) {
      for (const signer of signers)
        if ((await signer.publicKeys()).some((key) => key.kid === kid)) return signer.sign(kid, message);
      throw new Error(`None of the given root keys is ${kid}`);
    },
  };
}
