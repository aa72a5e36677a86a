import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { base64url } from 'jose';
import { type KeyWithId, serialOf } from '../../protocol/index.ts';
import type { Signer } from '../dependencies.ts';

/**
 * Signs with KMS keys of spec ECC_NIST_EDWARDS25519; the private keys never leave KMS. A key that is disabled or deleted in KMS
 * is treated as absent, so that it does not stop the others.
 *
 * @param keyIds in the order of `publicKeys`
 */
export function kmsSigner(client: KMSClient, keyIds: readonly string[]): Signer {
  const known = new Map<string, Promise<KmsKey>>();
  const keyOf = (keyId: string): Promise<KmsKey> => {
    const key = known.get(keyId) ?? readPublicKey(client, keyId).then((jwk) => ({ keyId, jwk }));
    known.set(keyId, key);
    // After a failed read, the next call reads the key again.
    key.catch(() => known.delete(keyId));
    return key;
  };
  const usableKeys = async (): Promise<readonly KmsKey[]> => {
    const read = await Promise.allSettled(keyIds.map(keyOf));
    const failed = read.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const usable = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const [error] = usable.length === 0 ? failed : failed.filter((reason) => !isUnusable(reason));
    if (error !== undefined) throw error;
    return usable;
  };
  return {
    publicKeys: async () => (await usableKeys()).map(({ jwk }) => jwk),
    async sign(kid, message) {
      const key = (await usableKeys()).find(({ jwk }) => jwk.kid === kid);
      if (key === undefined) throw new Error(`The signing key must be ${kid}, but none of the KMS keys is`);
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: key.keyId,
          Message: message,
          MessageType: 'RAW',
          SigningAlgorithm: 'ED25519_SHA_512',
        }),
      );
      if (Signature === undefined) throw new Error('KMS returned no signature');
      return Signature;
    },
  };
}

interface KmsKey {
  readonly keyId: string;
  readonly jwk: KeyWithId;
}

/** What KMS reports for a key that is disabled, waits for its deletion, or is deleted. */
const UNUSABLE: ReadonlySet<string> = new Set(['DisabledException', 'KMSInvalidStateException', 'NotFoundException']);

function isUnusable(error: unknown): boolean {
  return error instanceof Error && UNUSABLE.has(error.name);
}

/** The DER bytes before the 32 bytes of an Ed25519 public key (SubjectPublicKeyInfo, RFC 8410). */
const ED25519_SPKI = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00] as const;
const ED25519_KEY_BYTES = 32;

async function readPublicKey(client: KMSClient, keyId: string): Promise<KeyWithId> {
  const { PublicKey: der } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
  if (der === undefined) throw new Error('KMS returned no public key');
  const isEd25519 =
    der.length === ED25519_SPKI.length + ED25519_KEY_BYTES && ED25519_SPKI.every((byte, index) => der[index] === byte);
  if (!isEd25519) throw new Error(`The KMS key ${keyId} must be an Ed25519 key`);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url.encode(der.subarray(ED25519_SPKI.length)) } as const;
  return { ...jwk, kid: await serialOf(jwk) };
}
