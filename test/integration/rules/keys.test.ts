/** K1 to K4: the keys that sign updates change while containers are in the field. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnswerOf } from '../../../contract/endpoints.ts';
import { formatKeyFile, newPrivateJwk } from '../../../local/file-signer.ts';
import { ensureFirstKeySet } from '../../../local/first-key-set.ts';
import { type Evidence, verifyEvidence } from '../../../protocol/index.ts';
import { keysCommand } from '../../harness/keys-command.ts';
import { ok, openWorld, present, type World } from '../../harness/world.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'relicense-keys-')));
let world: World;
beforeAll(async () => {
  world = await openWorld({ home });
});
afterAll(async () => {
  await world.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

async function keys(...argv: readonly string[]): Promise<string> {
  const { exit, out, err } = await keysCommand({ RELICENSE_HOME: home }, argv);
  if (exit !== 0) throw new Error(`npm run keys -- ${argv.join(' ')} ended with ${exit}: ${err}`);
  return out;
}

type KeySetBody = AnswerOf<'listKeySets'>['items'][number];

async function newest(): Promise<KeySetBody> {
  return present(ok(await world.vendor<AnswerOf<'listKeySets'>>('GET', '/key-sets')).items.at(-1));
}

const updateKid = async () => present((await newest()).update[0]).kid;
const kidOf = (jws: string) => decodeProtectedHeader(jws).kid;
const payloadOf = (jws: string) => jws.split('.')[1];

async function sold(units: number) {
  const product = await world.product();
  return (await world.order([{ product, quantity: units }])).licenses;
}

test('K2 K4 after rotate-update, the next update is signed by the new key without a restart, and its answer brings the key set', async () => {
  const licenses = await sold(2);
  const customer = await world.customer();
  await customer.sync({ activate: licenses.slice(0, 1) });
  const before = await newest();
  await keys('rotate-update');
  const after = await newest();
  expect(after.version).toBe(before.version + 1);
  expect(after.update.map(({ kid }) => kid)).not.toContain(present(before.update[0]).kid);
  const answer = await customer.reprogram({ activate: licenses.slice(1) });
  expect(answer.keySets?.length).toBe(after.version - customer.container.holding.keySets.length);
  expect(answer.updates.map(({ jws }) => kidOf(jws))).toEqual([present(after.update[0]).kid]);
  await customer.apply(answer.updates).then(
    () => expect.unreachable('the container must not know the new key without the key set'),
    (error: Error) => expect(error.message).toContain('unknown-key'),
  );
  await customer.container.apply(answer);
  expect(customer.container.content.licenses).toHaveLength(2);
  expect(ok(await customer.receipt()).status).toBe('confirmed');
});

test('K3 a container that applied an update before it was signed again gets a lease, its seal by a present key', async () => {
  const customer = await world.customer();
  const first = await customer.reprogram({ activate: await sold(1) });
  await customer.container.apply(first);
  await keys('rotate-update');
  ok(await world.vendor('GET', `/containers/${customer.serial}/updates`));
  await customer.container.apply(ok(await customer.receipt(), 200));
  if (customer.container.holding.lease === undefined) await customer.sync();
  expect(kidOf(present(customer.container.holding.lease))).toBe(await updateKid());
});

test('K3 an outstanding update whose key left the key set is signed again once: same payload, same operations, same bytes afterwards', async () => {
  const licenses = await sold(1);
  const customer = await world.customer();
  const first = await customer.reprogram({ activate: licenses });
  await keys('rotate-update');
  const again = await customer.reprogram({ activate: licenses });
  const [old, resigned] = [present(first.updates[0]), present(again.updates[0])];
  expect(payloadOf(resigned.jws)).toBe(payloadOf(old.jws));
  expect(resigned.operations).toEqual(old.operations);
  expect(kidOf(resigned.jws)).toBe(await updateKid());
  expect(kidOf(old.jws)).not.toBe(kidOf(resigned.jws));

  const chain = ok(await world.vendor<AnswerOf<'getUpdates'>>('GET', `/containers/${customer.serial}/updates`));
  expect(chain.updates).toEqual(again.updates);
  expect(chain.keySets).toHaveLength((await newest()).version - 1);
  const read = ok(await world.user<AnswerOf<'getReprogramming'>>('GET', `/depot/reprogrammings/${again.id}`));
  expect(read.updates).toEqual(again.updates);
  expect(read.keySets).toEqual(again.keySets);
  const push = await world.vendor<AnswerOf<'pushReprogramming'>>(
    'POST',
    `/containers/${customer.serial}/reprogrammings`,
    { headers: { prefer: 'wait=10' } },
  );
  expect(ok(push).updates).toEqual(again.updates);

  await customer.container.apply(again);
  expect(ok(await customer.receipt()).status).toBe('confirmed');
  expect(await world.license(present(licenses[0]).id)).toMatchObject({ state: 'confirmed-collected' });
});

test('K3 an update that is read through the vendor’s API first is signed again there, and the container gets the same bytes', async () => {
  const licenses = await sold(1);
  const customer = await world.customer();
  const first = await customer.reprogram({ activate: licenses });
  await keys('rotate-update');
  const chain = ok(await world.vendor<AnswerOf<'getUpdates'>>('GET', `/containers/${customer.serial}/updates`));
  expect(kidOf(present(chain.updates[0]).jws)).toBe(await updateKid());
  expect(payloadOf(present(chain.updates[0]).jws)).toBe(payloadOf(present(first.updates[0]).jws));
  expect((await customer.reprogram({ activate: licenses })).updates).toEqual(chain.updates);
  await customer.container.apply(chain);
  expect(ok(await customer.receipt()).status).toBe('confirmed');
});

test('K4 changing the update key back loses no container: neither one that saw the other key nor one that did not', async () => {
  const licenses = await sold(2);
  const earlier = await updateKid();
  const [away, seen] = [await world.customer(), await world.customer()];
  await away.sync({ activate: licenses.slice(0, 1) });
  await keys('rotate-update');
  const outstanding = await seen.reprogram({ activate: licenses.slice(1) });
  await seen.container.apply({ keySets: outstanding.keySets, updates: [] });
  await keys('rotate-update', '--to', earlier);
  expect(await updateKid()).toBe(earlier);
  for (const customer of [away, seen]) {
    await customer.sync();
    expect(customer.container.content.licenses).toHaveLength(1);
    await customer.sync({ deactivate: customer.container.content.licenses.map(({ id }) => id) });
    expect(customer.container.content.licenses).toEqual([]);
  }
});

test('K3 a revoked key is removed from the key set and from signing-keys.json, and an outstanding update of it heals', async () => {
  const licenses = await sold(1);
  const customer = await world.customer();
  await customer.reprogram({ activate: licenses });
  const revoked = present((await newest()).update[0]);
  await keys('revoke', revoked.kid.slice(0, 12));
  expect((await newest()).update.map(({ kid }) => kid)).not.toContain(revoked.kid);
  expect(readFileSync(join(home, 'signing-keys.json'), 'utf8')).not.toContain(revoked.x);
  await customer.sync({ activate: licenses });
  expect(customer.container.content.licenses).toHaveLength(1);
  expect(await keys('revoke', await updateKid())).toContain('is published');
});

test('K1 after rotate-root, both root keys have signed the key set, and a container that holds an older one accepts it', async () => {
  const licenses = await sold(2);
  const customer = await world.customer();
  await customer.sync({ activate: licenses.slice(0, 1) });
  const before = await newest();
  await keys('rotate-root');
  const after = await newest();
  const [old, fresh] = [present(before.root.keys[0]).kid, present(after.root.keys[0]).kid];
  expect(fresh).not.toBe(old);
  expect(after.jws.map(kidOf)).toEqual([old, fresh]);
  await keys('rotate-update');
  expect((await newest()).jws.map(kidOf)).toEqual([fresh]);
  await customer.sync({ activate: licenses.slice(1) });
  expect(customer.container.content.licenses).toHaveLength(2);
});

test('K3 evidence whose updates were signed by a key that left is signed again, and a verifier with the newest key sets accepts it', async () => {
  const [license] = await sold(1);
  const { id, ticket } = present(license);
  const customer = await world.customer();
  await customer.sync({ activate: [{ id, ticket }] });
  ok(await world.vendor('POST', `/licenses/${id}/withdrawal`, { body: {} }), 202);
  await customer.sync();
  const evidence = async () => ok(await world.vendor<Evidence>('GET', `/licenses/${id}/evidence`));
  const before = await evidence();
  await keys('revoke', await updateKid());
  const { keySets } = ok(await world.user<AnswerOf<'getKeySets'>>('GET', '/.well-known/relicense-keys'));
  expect(await verifyEvidence(before, { keySets })).toMatchObject({ ok: false });
  const after = await evidence();
  expect(after.updates.map(({ jws }) => [kidOf(jws), payloadOf(jws)])).toEqual([
    [await updateKid(), payloadOf(present(before.updates[0]).jws)],
  ]);
  expect(await verifyEvidence(after, { keySets })).toMatchObject({ ok: true, trusted: true, license: { id } });
});

/** What a start on this home says about its keys. */
async function saidAtStart(): Promise<string[]> {
  const said: string[] = [];
  const { dependencies } = world.running;
  const openRoot = () => Promise.reject(new Error('The first key set exists, so no root key is opened'));
  await ensureFirstKeySet(dependencies, openRoot, (message) => said.push(message));
  return said;
}

test('K4 a new key in front of signing-keys.json changes nothing for containers until rotate-update, which then uses it', async () => {
  const licenses = await sold(2);
  const customer = await world.customer();
  const path = join(home, 'signing-keys.json');
  const kid = await updateKid();
  const added = newPrivateJwk();
  const { keys: earlier } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, formatKeyFile([added, ...earlier]));
  expect(await saidAtStart()).toEqual([]);
  const first = await customer.sync({ activate: licenses.slice(0, 1) });
  expect(first.updates.map(({ jws }) => kidOf(jws))).toEqual([kid]);
  expect((await jwks()).map(({ x }) => x)).not.toContain(added.x);

  await keys('rotate-update');
  expect((await jwks()).map(({ x }) => x)).toEqual([added.x]);
  const second = await customer.sync({ activate: licenses.slice(1) });
  expect(second.updates.map(({ jws }) => kidOf(jws))).toEqual([await updateKid()]);
  expect(customer.container.content.licenses).toHaveLength(2);
});

test('a start whose signing-keys.json has no key of the newest key set says so, and rotate-update makes it sign again', async () => {
  const licenses = await sold(1);
  const customer = await world.customer();
  const { version } = await newest();
  writeFileSync(join(home, 'signing-keys.json'), formatKeyFile([newPrivateJwk()]));
  expect(await saidAtStart()).toEqual([expect.stringContaining(`has no key of key set ${version}`)]);
  await keys('rotate-update');
  expect(await saidAtStart()).toEqual([]);
  await customer.sync({ activate: licenses });
  expect(customer.container.content.licenses).toHaveLength(1);
});

test('K1 without the root keys, rotate-update publishes nothing, changes no file and names the missing keys', async () => {
  const [before, file] = [await newest(), readFileSync(join(home, 'signing-keys.json'), 'utf8')];
  const elsewhere = join(home, 'elsewhere.json');
  writeFileSync(elsewhere, formatKeyFile([newPrivateJwk()]), { mode: 0o600 });
  const { exit, err } = await keysCommand({ RELICENSE_HOME: home }, ['rotate-update', '--root-keys', elsewhere]);
  expect(exit).toBe(1);
  expect(err).toContain(present(before.root.keys[0]).kid);
  expect(await newest()).toEqual(before);
  expect(readFileSync(join(home, 'signing-keys.json'), 'utf8')).toBe(file);
});

async function jwks() {
  return ok(await world.user<AnswerOf<'getJwks'>>('GET', '/.well-known/jwks.json')).keys;
}
