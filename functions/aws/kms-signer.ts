import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { exportJWK, importSPKI } from 'jose';
import { type KeyWithId, serialOf } from '../../protocol/index.ts';
import type { Signer } from '../dependencies.ts';

/** Signs with a KMS key of spec ECC_NIST_EDWARDS25519; the private key never leaves KMS. */
export function kmsSigner(client: KMSClient, keyId: string): Signer {
  let known: Promise<KeyWithId> | undefined;
  const publicKey = (): Promise<KeyWithId> => {
    // After a failed read, the next call reads the key again.
    known ??= readPublicKey(client, keyId).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  return {
    publicKeys: async () => [await publicKey()],
    async sign(kid, message) {
      const known = (await publicKey()).kid;
      if (kid !== known) throw new Error(`The signing key must be ${kid}; the KMS key is ${known}`);
      const { Signature } = await client.send(
        new SignCommand({ KeyId: keyId, Message: message, MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' }),
      );
      if (Signature === undefined) throw new Error('KMS returned no signature');
      return Signature;
    },
  };
}

async function readPublicKey(client: KMSClient, keyId: string): Promise<KeyWithId> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
  if (PublicKey === undefined) throw new Error('KMS returned no public key');
  const pem = `-----BEGIN PUBLIC KEY-----\n${Buffer.from(PublicKey).toString('base64')}\n-----END PUBLIC KEY-----`;
  const { kty, crv, x } = await exportJWK(await importSPKI(pem, 'Ed25519', { extractable: true }));
  if (kty !== 'OKP' || crv !== 'Ed25519' || x === undefined) {
    throw new Error(`The KMS key must be an Ed25519 key; got ${kty} ${crv}`);
  }
  const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  return { ...jwk, kid: await serialOf(jwk) };
}
