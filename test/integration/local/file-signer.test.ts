import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { expect, test } from 'vitest';
import { openFileSigner } from '../../../local/file-signer.ts';
import { createSecretFile } from '../../../local/secret-file.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const MESSAGE = new TextEncoder().encode('message');
const unexpected = (message: string): never => {
  throw new Error(message);
};

test('the key file is created once, with mode 0600, and its key stays', async () => {
  const path = join(temporaryFolder(), 'signing-keys.json');
  const first = await openFileSigner(path, unexpected);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const second = await openFileSigner(path, unexpected);
  const [key] = await first.publicKeys();
  expect(await second.publicKeys()).toEqual([key]);
  expect(await second.sign(key?.kid ?? '', MESSAGE)).toEqual(await first.sign(key?.kid ?? '', MESSAGE));
});

test('a signature is valid Ed25519 under the published key, whose kid is its thumbprint', async () => {
  const signer = await openFileSigner(undefined, unexpected);
  const [jwk] = await signer.publicKeys();
  if (jwk === undefined) throw new Error('The signer publishes no key');
  expect(Object.keys(jwk).sort()).toEqual(['crv', 'kid', 'kty', 'x']);
  expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk, 'sha256'));
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  expect(verify(null, MESSAGE, key, await signer.sign(jwk.kid, MESSAGE))).toBe(true);
});

test('a message that is too long for KMS is rejected', async () => {
  const signer = await openFileSigner(undefined, unexpected);
  const kid = (await signer.publicKeys())[0]?.kid ?? '';
  await expect(signer.sign(kid, new Uint8Array(4_096))).resolves.toHaveLength(64);
  await expect(signer.sign(kid, new Uint8Array(4_097))).rejects.toThrow(RangeError);
});

test('a key file that other users can read gets mode 0600, and the person is warned', async () => {
  const path = join(temporaryFolder(), 'signing-keys.json');
  await openFileSigner(path, unexpected);
  chmodSync(path, 0o644);
  const said: string[] = [];
  await openFileSigner(path, (message) => said.push(message));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(said).toEqual([expect.stringContaining(path)]);
});

test('every key of the file signs under its own kid, and an unknown kid is an error', async () => {
  const path = join(temporaryFolder(), 'signing-keys.json');
  const keys = [1, 2].map(() => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
  createSecretFile(path, JSON.stringify({ keys }));
  const signer = await openFileSigner(path, unexpected);
  const published = await signer.publicKeys();
  expect(published.map(({ x }) => x)).toEqual(keys.map(({ x }) => x));
  for (const jwk of published) {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    expect(verify(null, MESSAGE, key, await signer.sign(jwk.kid, MESSAGE))).toBe(true);
  }
  await expect(signer.sign('unknown', MESSAGE)).rejects.toThrow('unknown');
});

test('two processes that create a file at once get the same content', () => {
  const path = join(temporaryFolder(), 'token');
  expect(createSecretFile(path, 'mine')).toBe('mine');
  expect(createSecretFile(path, 'yours')).toBe('mine');
  expect(readFileSync(path, 'utf8')).toBe('mine');
});

test.each([
  ['text instead of JSON', 'secret-text'],
  ['an empty key set', '{"keys":[]}'],
  ['a public key', JSON.stringify({ keys: [generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })] })],
  [
    'an RSA key',
    JSON.stringify({
      keys: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })],
    }),
  ],
])('a key file with %s is refused with an error that does not quote it', async (_, content) => {
  const path = join(temporaryFolder(), 'signing-keys.json');
  writeFileSync(path, content, { mode: 0o600 });
  const error: Error = await openFileSigner(path, unexpected).then(unexpected as never, (thrown: Error) => thrown);
  expect(error.message).toContain(path);
  expect(`${error.message}${String(error.cause)}`).not.toContain('secret-text');
});

test('a file system without hard links keeps a secret file, too, and a second process does not replace it', () => {
  const path = join(temporaryFolder(), 'token');
  const refuse = () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  expect(createSecretFile(path, 'mine', refuse)).toBe('mine');
  expect(createSecretFile(path, 'yours', refuse)).toBe('mine');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['mine', 0o600]);
});
