/** A deployed server: its first key set, and the commands with keys in KMS. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnswerOf } from '../../../contract/endpoints.ts';
import type { Signer } from '../../../functions/dependencies.ts';
import { keySetKey } from '../../../functions/store/keys.ts';
import { openFileSigner } from '../../../local/file-signer.ts';
import { keyFile } from '../../../local/keys/key-file.ts';
import { signKeySet } from '../../../local/sign-key-set.ts';
import type { KeySetPayload } from '../../../protocol/index.ts';
import { createClient } from '../../harness/client.ts';
import { expectProblem } from '../../harness/expect-problem.ts';
import { keysCommand } from '../../harness/keys-command.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'relicense-key-sets-')));
let world: World;
let kms: Record<string, Signer>;

const fail = (message: string): never => {
  throw new Error(message);
};

/** Only the first or the second key of a signer, as KMS has one private key per id. */
function oneOf(signer: Signer, index: number): Signer {
  return { ...signer, publicKeys: async () => [present((await signer.publicKeys())[index])] };
}

beforeAll(async () => {
  world = await openWorld({ home });
  const { signer } = world.running.dependencies;
  await keyFile(join(home, 'signing-keys.json'), fail).add();
  kms = {
    'signing-1': oneOf(signer, 0),
    'signing-2': oneOf(signer, 1),
    'root-1': await openFileSigner(undefined, fail),
    'root-2': await openFileSigner(undefined, fail),
  };
});
afterAll(async () => {
  await world.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

/** Runs the command as an operator does who has AWS credentials, against a server elsewhere. */
const keys = (...argv: readonly string[]) =>
  keysCommand({ RELICENSE_SERVER: world.running.url, RELICENSE_TOKEN: world.running.token }, argv, kms);

const published = async () => ok(await world.vendor<AnswerOf<'listKeySets'>>('GET', '/key-sets')).items;
const kidIn = async (id: string) => present((await present(kms[id]).publicKeys())[0]).kid;

test('before the first key set, every context and both lists of keys get no-key-set, and afterwards the same context is accepted', async () => {
  const { dependencies } = world.running;
  const product = await world.product();
  const { licenses } = await world.order([{ product }]);
  await dependencies.documents.send(new DeleteCommand({ TableName: dependencies.tableName, Key: { ...keySetKey(1) } }));
  dependencies.keySets.forget();
  const customer = await world.customer();
  const { context } = await customer.container.request({});
  for (const path of ['/depot/reprogrammings', '/depot/receipts', '/depot/auto-updates'])
    expectProblem(await world.user('POST', path, { body: { context } }), 'no-key-set');
  for (const path of ['/.well-known/jwks.json', '/.well-known/relicense-keys'])
    expectProblem(await world.user('GET', path), 'no-key-set');
  ok(await world.vendor('PUT', `/containers/${customer.serial}/assignments/${present(licenses[0]).id}`), 202);
  expectProblem(await world.vendor('POST', `/containers/${customer.serial}/reprogrammings`), 'no-key-set');
  expect((await keys('rotate-update', '--root-key', 'root-1', '--update-key', 'signing-1')).err).toContain(
    'keys -- init',
  );

  const issuer = ['--issuer', dependencies.issuer];
  const init = await keys('init', ...issuer, '--root-key', 'root-1', '--update-key', 'signing-1');
  expect(init).toMatchObject({ exit: 0, out: expect.stringContaining('Key set 1 is published') });
  expect(await published()).toMatchObject([
    { version: 1, actor: 'vendor', root: { threshold: 1, keys: [{ kid: await kidIn('root-1') }] } },
  ]);
  expect((await keys('init', ...issuer, '--root-key', 'root-1', '--update-key', 'signing-1')).out).toContain(
    'Nothing to do',
  );
  ok(await world.user('POST', '/depot/auto-updates', { body: { context } }));
});

test('an operator changes the update key and the root key of a deployed server with keys in KMS', async () => {
  const rotated = await keys('rotate-update', '--root-key', 'root-1', '--update-key', 'signing-2');
  expect(rotated).toMatchObject({ exit: 0, err: '' });
  expect(present((await published()).at(-1)).update.map(({ kid }) => kid)).toEqual([await kidIn('signing-2')]);
  expect(await keys('rotate-root', '--root-key', 'root-1', '--new-root-key', 'root-2')).toMatchObject({ exit: 0 });
  expect(present((await published()).at(-1)).root.keys.map(({ kid }) => kid)).toEqual([await kidIn('root-2')]);
  const late = await keys('rotate-update', '--root-key', 'root-1', '--update-key', 'signing-1');
  expect(late).toMatchObject({ exit: 1, err: expect.stringContaining('Nothing was published') });

  const list = await keys('list', '--json');
  const versions = list.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).version);
  expect(versions).toEqual([1, 2, 3]);
});

test('K1 the server refuses a key set that too few root keys signed, one that skips a version, and one of another vendor', async () => {
  const newest = present((await published()).at(-1));
  const { iss, version, iat, root, update } = newest;
  const next: KeySetPayload = { iss, version: version + 1, iat, root, update };
  const own = { threshold: 1, keys: await present(kms['root-1']).publicKeys() };
  const refused = async (payload: KeySetPayload, signer: Signer | undefined, fault: string) => {
    const body = await signKeySet(payload, present(signer));
    const reply = await world.vendor('POST', '/key-sets', { body: present(body) });
    expect(expectProblem(reply, 'key-set-refused')).toMatchObject({ fault });
  };
  await refused({ ...next, root: own }, kms['root-1'], 'key-set-signatures');
  await refused({ ...next, version: version + 2 }, kms['root-2'], 'key-set-gap');
  await refused({ ...next, iss: 'https://other.example' }, kms['root-2'], 'key-set-issuer');
  expect(await published()).toHaveLength(version);

  const repeated = await world.vendor<AnswerOf<'publishKeySet'>>('POST', '/key-sets', { body: { jws: newest.jws } });
  expect(ok(repeated, 200)).toEqual(newest);
});

test('only a token with the scope key-sets:write publishes key sets', async () => {
  const token = ok(
    await world.vendor<AnswerOf<'createToken'>>('POST', '/tokens', { body: { name: 'x', scopes: ['key-sets:read'] } }),
    201,
  ).token;
  const reader = createClient(world.running.url, token);
  ok(await reader('GET', '/key-sets'));
  const { jws } = present((await published()).at(-1));
  expectProblem(await reader('POST', '/key-sets', { body: { jws } }), 'forbidden');
});
