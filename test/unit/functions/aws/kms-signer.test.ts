import { generateKeyPairSync } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { expect, test } from 'vitest';
import { kmsSigner } from '../../../../functions/aws/kms-signer.ts';

const { publicKey } = generateKeyPairSync('ed25519');
const kid = await calculateJwkThumbprint(await exportJWK(publicKey));
const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));

function givenKms() {
  const client = new KMSClient({ region: 'eu-central-1' });
  return { client, kms: mockClient(client) };
}

test('KMS signs the raw message with Ed25519', async () => {
  const { client, kms } = givenKms();
  kms.on(GetPublicKeyCommand).resolves({ PublicKey: spki });
  kms.on(SignCommand).resolves({ Signature: new Uint8Array(64).fill(7) });
  const signature = await kmsSigner(client, ['key']).sign(kid, new Uint8Array([1, 2, 3]));
  expect(signature).toEqual(new Uint8Array(64).fill(7));
  expect(kms.commandCalls(SignCommand)[0]?.args[0].input).toEqual({
    KeyId: 'key',
    Message: new Uint8Array([1, 2, 3]),
    MessageType: 'RAW',
    SigningAlgorithm: 'ED25519_SHA_512',
  });
});

test('a signature under the kid of another key is an error', async () => {
  const { client, kms } = givenKms();
  kms.on(GetPublicKeyCommand).resolves({ PublicKey: spki });
  await expect(kmsSigner(client, ['key']).sign('another', new Uint8Array([1]))).rejects.toThrow('another');
  expect(kms.commandCalls(SignCommand)).toHaveLength(0);
});

test('if KMS returns no signature, signing throws', async () => {
  const { client, kms } = givenKms();
  kms.on(GetPublicKeyCommand).resolves({ PublicKey: spki });
  kms.on(SignCommand).resolves({});
  await expect(kmsSigner(client, ['key']).sign(kid, new Uint8Array([1]))).rejects.toThrow('no signature');
});

test('the public key is read once and is a JWK whose kid is its RFC 7638 thumbprint', async () => {
  const { client, kms } = givenKms();
  kms.on(GetPublicKeyCommand).resolves({ PublicKey: spki });
  const signer = kmsSigner(client, ['key']);
  const [key] = await signer.publicKeys();
  expect(key).toEqual({ ...(await exportJWK(publicKey)), kid });
  await signer.publicKeys();
  expect(kms.commandCalls(GetPublicKeyCommand)).toHaveLength(1);
});

test('if reading the key fails, the next call reads it again', async () => {
  const { client, kms } = givenKms();
  kms.on(GetPublicKeyCommand).rejectsOnce(new Error('throttled')).resolves({ PublicKey: spki });
  const signer = kmsSigner(client, ['key']);
  await expect(signer.publicKeys()).rejects.toThrow('throttled');
  expect(await signer.publicKeys()).toMatchObject([{ kid }]);
});

test('a key that is not Ed25519 is refused', async () => {
  const { client, kms } = givenKms();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' });
  kms.on(GetPublicKeyCommand).resolves({ PublicKey: new Uint8Array(rsa) });
  await expect(kmsSigner(client, ['key']).publicKeys()).rejects.toThrow();
});

test('several keys are published in their order, and each signs under its own kid', async () => {
  const { client, kms } = givenKms();
  const other = generateKeyPairSync('ed25519').publicKey;
  const otherKid = await calculateJwkThumbprint(await exportJWK(other));
  kms.on(GetPublicKeyCommand, { KeyId: 'old' }).resolves({ PublicKey: spki });
  kms
    .on(GetPublicKeyCommand, { KeyId: 'new' })
    .resolves({ PublicKey: new Uint8Array(other.export({ type: 'spki', format: 'der' })) });
  kms.on(SignCommand).resolves({ Signature: new Uint8Array(64) });
  const signer = kmsSigner(client, ['old', 'new']);
  expect((await signer.publicKeys()).map((key) => key.kid)).toEqual([kid, otherKid]);
  await signer.sign(otherKid, new Uint8Array([1]));
  await signer.sign(kid, new Uint8Array([1]));
  expect(kms.commandCalls(SignCommand).map(({ args }) => args[0].input.KeyId)).toEqual(['new', 'old']);
});

test('a key that is disabled in KMS is left out, but a failure to read a key is an error', async () => {
  const { client, kms } = givenKms();
  const failure = (name: string) => Object.assign(new Error(name), { name });
  kms.on(GetPublicKeyCommand, { KeyId: 'revoked' }).rejects(failure('DisabledException'));
  kms.on(GetPublicKeyCommand, { KeyId: 'current' }).resolves({ PublicKey: spki });
  expect(await kmsSigner(client, ['revoked', 'current']).publicKeys()).toMatchObject([{ kid }]);
  kms.on(GetPublicKeyCommand, { KeyId: 'revoked' }).rejects(failure('ThrottlingException'));
  await expect(kmsSigner(client, ['revoked', 'current']).publicKeys()).rejects.toThrow('ThrottlingException');
  kms.on(GetPublicKeyCommand).rejects(failure('DisabledException'));
  await expect(kmsSigner(client, ['revoked']).publicKeys()).rejects.toThrow('DisabledException');
});
