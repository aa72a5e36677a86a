import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readContainerFile } from '../../../container/container-file.ts';
import { type FileSystem, NODE_FILE_SYSTEM } from '../../../container/file-system.ts';
import { Container, type SyncOptions, sync } from '../../../container/index.ts';
import { verifyContext, type Wishes } from '../../../protocol/index.ts';
import { FakeDepot } from './fake-depot.ts';
import { newFolder } from './folder.ts';
import { ISSUER, license, TestVendor } from './test-vendor.ts';

let depot: FakeDepot;
let folder: string;
let path: string;
let container: Container;
let retries: string[];
const quick = (): SyncOptions => ({ backoffMilliseconds: 1, onRetry: (detail) => retries.push(detail) });

beforeEach(async () => {
  retries = [];
  depot = new FakeDepot();
  const server = await depot.listen();
  folder = await newFolder();
  path = join(folder, 'container.json');
  container = await Container.create({ path, keys: await depot.vendor.keys(), server });
  depot.licenses = [
    { ...license('L-addon', { product: 'add-on', requires: ['base'] }), state: 'available' },
    { ...license('L-base'), state: 'available' },
    { ...license('L-taken'), state: 'confirmed-collected' },
    { ...license('L-bound'), state: 'available', pending: { action: 'assign', container: 'another' } },
  ];
});
afterEach(() => depot.close());

describe('a sync', () => {
  test('changes nothing and sends no receipt when there is nothing to do', async () => {
    expect(await sync(container, quick())).toMatchObject({ ok: true, report: { status: 'unchanged', applied: [] } });
    expect(depot.asked.map(({ method, path: asked }) => `${method} ${asked}`)).toEqual(['POST /depot/reprogrammings']);
    expect(depot.asked[0]?.prefer).toBe('wait=10');
  });

  test('activates all available licenses of a ticket, in any spelling of its code, and sends the receipt', async () => {
    const result = await sync(container, { ...quick(), ticket: 'ooooo ooooo 0000000000 OOOOl', activate: 'all' });
    expect(result).toMatchObject({
      ok: true,
      report: { status: 'confirmed', executed: { activate: ['L-base', 'L-addon'] }, dropped: [] },
    });
    expect(depot.confirmed).toBe(1);
    expect((await Container.open(path)).content.licenses.map(({ id }) => id)).toEqual(['L-addon', 'L-base']);
  });

  test('activates 2,500 licenses in several rounds, required products first', async () => {
    depot.licenses = Array.from({ length: 2500 }, (_, index) => ({
      ...license(`L${index}`, index % 2 === 0 ? { requires: ['base'], product: 'add-on' } : {}),
      state: 'available',
    }));
    const result = await sync(container, { ...quick(), ticket: depot.ticket, activate: 'all' });
    expect(result.ok && result.report.executed.activate).toHaveLength(2500);
    expect(container.content).toMatchObject({ counter: 3 });
    expect(container.content.licenses).toHaveLength(2500);
    expect(depot.confirmed).toBe(3);
  });

  test('waits while a reprogramming is planned', async () => {
    depot.plannedAnswers = 3;
    let waits = 0;
    const result = await sync(container, {
      ...quick(),
      ticket: depot.ticket,
      activate: ['L-base'],
      onWait: () => waits++,
    });
    expect(result).toMatchObject({ ok: true, report: { status: 'confirmed' } });
    expect(waits).toBe(3);
    expect(depot.asked.filter(({ method }) => method === 'GET').map(({ path: asked }) => asked)).toEqual([
      '/depot/reprogrammings/rp-1',
      '/depot/reprogrammings/rp-1',
      '/depot/reprogrammings/rp-1',
    ]);
  });

  test('stops waiting after its time-out, and the next sync gets the update', async () => {
    depot.plannedAnswers = 1_000;
    const impatient = await sync(container, {
      ...quick(),
      ticket: depot.ticket,
      activate: ['L-base'],
      timeoutSeconds: 0.6,
    });
    expect(impatient).toMatchObject({ ok: false, fault: { kind: 'unreachable' } });
    depot.plannedAnswers = 0;
    expect(await sync(container, quick())).toMatchObject({ ok: true, report: { status: 'confirmed' } });
    expect(container.content.licenses).toHaveLength(1);
  });

  test('changes nothing in a preview', async () => {
    depot.pending = [{ op: 'put', license: license('L-new'), cause: 'assign' }];
    const result = await sync(container, { ...quick(), ticket: depot.ticket, activate: 'all', preview: true });
    expect(result).toMatchObject({ ok: true, report: { status: 'previewed', applied: [] } });
    expect((await Container.open(path)).content.counter).toBe(0);
    expect(depot.pending).toHaveLength(1);
  });

  test('reports the dropped manual actions, each with its reason', async () => {
    depot.pending = [{ op: 'put', license: license('L-new'), cause: 'assign' }];
    depot.dropped = [{ action: 'deactivate', license: 'L9', reason: 'withdrawn' }];
    expect(await sync(container, quick())).toMatchObject({ ok: true, report: { dropped: depot.dropped } });
  });

  test('reports the conflicts when the server refuses', async () => {
    const result = await sync(container, { ...quick(), ticket: depot.ticket, activate: ['L-none'] });
    const conflicts = [{ action: 'activate', license: 'L-none', reason: 'not-on-ticket' }];
    expect(result).toMatchObject({
      ok: false,
      fault: { kind: 'problem', problem: { code: 'manual-conflict', conflicts } },
    });
    expect(depot.asked).toHaveLength(1);
  });

  test('reports an unknown ticket', async () => {
    const result = await sync(container, { ...quick(), ticket: '0'.repeat(25), activate: 'all' });
    expect(result).toMatchObject({ ok: false, fault: { kind: 'problem', problem: { status: 404 } } });
  });

  test.each([
    ['an invalid ticket code', { ticket: 'ABC', activate: 'all' }],
    ['licenses without a ticket', { activate: ['L-base'] }],
  ] as const)('is not started with %s', async (_, options) => {
    expect(await sync(container, options)).toMatchObject({ ok: false, fault: { kind: 'usage' } });
    expect(depot.asked).toEqual([]);
  });

  test('needs a server', async () => {
    const keys = await depot.vendor.keys();
    const offline = await Container.create({ path: join(folder, 'offline.json'), keys });
    expect(await sync(offline)).toMatchObject({ ok: false, fault: { kind: 'usage' } });
  });
});

describe('a sync of all licenses of a ticket', () => {
  const all = () => ({ ...quick(), ticket: depot.ticket, activate: 'all' as const });
  const expired = { expiresAt: '2020-01-01T00:00:00Z' };

  test('activates those that can be activated, and names each other one with its reason', async () => {
    depot.licenses.push(
      { ...license('L-old', { terms: expired }), state: 'available' },
      { ...license('L-waiting'), state: 'available', onOffer: false },
      { ...license('L-away'), state: 'confirmed-collected', container: 'another' },
      { ...license('L-here'), state: 'confirmed-collected', container: container.serial },
    );
    const result = await sync(container, all());
    expect(result.report.executed.activate).toEqual(['L-base', 'L-addon']);
    expect(result.report.leftOut).toEqual([
      { license: 'L-taken', product: 'base', reason: 'not-available' },
      { license: 'L-bound', product: 'base', reason: 'reserved-elsewhere' },
      { license: 'L-old', product: 'base', reason: 'expired' },
      { license: 'L-waiting', product: 'base', reason: 'not-available' },
      { license: 'L-away', product: 'base', reason: 'in-another-container', container: 'another' },
    ]);
    expect(result.report.here).toBe(1);
  });

  test('leaves out what the server refuses, and asks again for the others', async () => {
    depot.refusals.set('L-addon', 'requires-unmet');
    const result = await sync(container, all());
    expect(result).toMatchObject({ ok: true, report: { status: 'confirmed', executed: { activate: ['L-base'] } } });
    expect(result.report.leftOut).toContainEqual({ license: 'L-addon', product: 'add-on', reason: 'requires-unmet' });
  });

  test('still carries out the vendor actions when every license is refused', async () => {
    depot.refusals.set('L-addon', 'requires-unmet').set('L-base', 'expired');
    expect(await sync(container, all())).toMatchObject({ ok: true, report: { status: 'unchanged' } });
    expect(depot.asked.at(-1)?.body).not.toHaveProperty('activate');
  });

  test('asks again for those that a vendor action has dropped together with a refused one (Q3)', async () => {
    depot.pending = [{ op: 'put', license: license('L-new'), cause: 'assign' }];
    depot.refusals.set('L-addon', 'requires-unmet');
    const { report } = await sync(container, all());
    expect(report).toMatchObject({ status: 'confirmed', dropped: [], executed: { activate: ['L-base'] } });
    expect(report.leftOut).toContainEqual({ license: 'L-addon', product: 'add-on', reason: 'requires-unmet' });
    expect(container.content.licenses.map(({ id }) => id)).toEqual(['L-base', 'L-new']);
  });

  test('is refused when a license to return is refused: the user has named that one', async () => {
    const conflicts = [
      { action: 'activate', license: 'L-addon', reason: 'expired' },
      { action: 'deactivate', license: 'L-none', reason: 'not-in-container' },
    ];
    const body = JSON.stringify({ code: 'manual-conflict', title: 'Refused', conflicts });
    depot.faults.push({ kind: 'none' }, { kind: 'answer', status: 409, body });
    const result = await sync(container, { ...all(), deactivate: ['L-none'] });
    expect(result).toMatchObject({ ok: false, fault: { problem: { code: 'manual-conflict', conflicts } } });
  });
});

describe('a sync takes nothing', () => {
  test('when the container cannot be written: the server is asked for nothing', async () => {
    const files: FileSystem = { ...NODE_FILE_SYSTEM, create: () => Promise.reject(systemError('ENOSPC')) };
    const full = await Container.open(path, { files });
    const asked = sync(full, { ...quick(), ticket: depot.ticket, activate: 'all' });
    await expect(asked).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringContaining('the disk is full'),
    });
    expect(depot.asked).toEqual([]);
    expect(depot.keysAsked).toBe(0);
  });

  test('when the server has other keys than the container, also under the same name', async () => {
    const stranger = await new TestVendor().keys();
    depot.listed = stranger;
    const result = await sync(container, { ...quick(), ticket: depot.ticket, activate: ['L-base'] });
    expect(result).toMatchObject({
      ok: false,
      fault: { kind: 'keys', detail: expect.stringContaining('Nothing was taken') },
    });
    expect(depot.asked).toEqual([]);
    depot.listed = { keySets: [] };
    expect(await sync(container, { ...quick(), ticket: depot.ticket, activate: 'all' })).toMatchObject({ ok: false });
  });
});

describe('a disk that fails after the server has answered', () => {
  test('is a fault that says that the licenses are taken, and the next sync brings them', async () => {
    let writes = 0;
    const files: FileSystem = {
      ...NODE_FILE_SYSTEM,
      // The probe and the context are the first two.
      create: (...given) => (++writes > 2 ? Promise.reject(systemError('EACCES')) : NODE_FILE_SYSTEM.create(...given)),
    };
    const activate = { ...quick(), ticket: depot.ticket, activate: ['L-base'] };
    const cut = await sync(await Container.open(path, { files }), activate);
    expect(cut).toMatchObject({ ok: false, fault: { kind: 'container', code: 'unwritable', taken: true } });
    expect(container.content.counter).toBe(0);
    expect(await sync(container, quick())).toMatchObject({ ok: true, report: { status: 'confirmed' } });
    expect(container.content.licenses).toHaveLength(1);
  });
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: failed, open '/x/container.json.new'`), { code, syscall: 'open' });
}

describe('a sync recovers from', () => {
  const activateBase = () => ({ ...quick(), ticket: depot.ticket, activate: ['L-base'] });

  test('a lost reply: it repeats the request with the same context', async () => {
    depot.faults.push({ kind: 'drop', when: 'after' });
    expect(await sync(container, activateBase())).toMatchObject({ ok: true, report: { status: 'confirmed' } });
    const [first, second] = depot.asked.map(({ body }) => body.context);
    expect(second).toBe(first);
    expect(container.content.counter).toBe(1);
  });

  test.each([
    ['a receipt that never got there', { kind: 'drop', when: 'before' }],
    ['a receipt that the server was too busy for', { kind: 'answer', status: 503, body: '{}' }],
  ] as const)('%s, as after a crash between update and receipt: the next context is the receipt', async (_, fault) => {
    depot.faults.push({ kind: 'none' }, fault);
    const cut = await sync(container, { ...activateBase(), attempts: 1 });
    expect(cut).toMatchObject({ ok: false, report: { status: 'failed', applied: [{}] } });
    expect((await Container.open(path)).content.counter).toBe(1);
    expect(depot.confirmed).toBe(0);
    expect(await sync(await Container.open(path), quick())).toMatchObject({
      ok: true,
      report: { status: 'unchanged' },
    });
    expect(depot.confirmed).toBe(1);
  });

  test('a lost answer to a receipt: the repeated receipt changes nothing', async () => {
    depot.faults.push({ kind: 'none' }, { kind: 'drop', when: 'after' });
    expect(await sync(container, activateBase())).toMatchObject({ ok: true, report: { status: 'confirmed' } });
    expect(depot.asked.filter(({ path: asked }) => asked === '/depot/receipts')).toHaveLength(2);
    expect(depot.confirmed).toBe(1);
  });

  test('several updates that were never applied: it applies all of them', async () => {
    await depot.vendor.keys();
    const copy = join(folder, 'copy.json');
    await copyFile(path, copy);
    await sync(await Container.open(copy), activateBase());
    depot.confirmed = 0;
    await sync(await Container.open(copy), { ...quick(), deactivate: ['L-base'] });
    depot.confirmed = 0;
    const result = await sync(container, quick());
    expect(result.ok && result.report.applied).toHaveLength(2);
    expect(container.content).toEqual({ counter: 2, licenses: [] });
  });

  /** Three updates wait for a copy of the container that does not have them yet. */
  async function threeOutstanding(): Promise<void> {
    const copy = await Container.open(path);
    const asked = async (actions: Wishes) => {
      const context = await copy.context({ wishes: actions });
      const body = JSON.stringify({ context, ...actions });
      await fetch(`${container.server}/depot/reprogrammings`, { method: 'POST', body });
    };
    await asked({ activate: [{ ticket: depot.ticket, license: 'L-base' }] });
    await asked({ activate: [{ ticket: depot.ticket, license: 'L-addon' }] });
    await asked({ deactivate: ['L-addon'] });
    depot.asked.length = 0;
  }
  const paths = () => depot.asked.map(({ path: asked }) => asked.replace('/depot/', ''));

  test('a chain that is too long for one answer: it gets all parts and reports each action once', async () => {
    await threeOutstanding();
    depot.mostInAnswer = 1;
    const result = await sync(container, { ...quick(), deactivate: ['L-base'] });
    expect(result).toMatchObject({ ok: true, report: { status: 'confirmed', executed: { deactivate: ['L-base'] } } });
    expect(result).not.toHaveProperty('partOf');
    expect(result.report.applied).toHaveLength(4);
    expect(container.content).toEqual({ counter: 4, licenses: [] });
    expect(depot.confirmed).toBe(4);
    expect(paths()).toEqual(Array.from({ length: 4 }, () => ['reprogrammings', 'receipts']).flat());
    // Manual actions are requested once.
    expect(depot.asked.filter(({ body }) => (body.deactivate as string[] | undefined)?.length === 1)).toHaveLength(1);
  });

  test('a new vendor action between two parts of a chain: it reports that action, too', async () => {
    await threeOutstanding();
    depot.mostInAnswer = 2;
    depot.pending = [{ op: 'remove', license: 'L-base', cause: 'withdraw' }];
    const result = await sync(container, quick());
    expect(result.report.executed).toMatchObject({ withdraw: ['L-base'], deactivate: [] });
    expect(container.content).toEqual({ counter: 4, licenses: [] });
  });

  test('a server that repeats the same part: it requests the next part once and stops', async () => {
    await threeOutstanding();
    const context = await container.context();
    const body = JSON.stringify({ context });
    const response = (await (
      await fetch(`${container.server}/depot/reprogrammings`, { method: 'POST', body })
    ).json()) as {
      updates: unknown[];
    };
    const part = { kind: 'answer', status: 200, body: JSON.stringify({ ...response, more: true }) } as const;
    depot.asked.length = 0;
    depot.faults.push(part, { kind: 'none' }, part, { kind: 'none' });
    expect(await sync(container, quick())).toMatchObject({ ok: true, report: { status: 'confirmed' } });
    expect(container.content.counter).toBe(3);
    expect(paths()).toEqual(['reprogrammings', 'receipts', 'reprogrammings', 'receipts']);
  });

  test('a part that cannot be applied: it stops and reports the fault', async () => {
    await threeOutstanding();
    depot.mostInAnswer = 1;
    depot.faults.push(
      { kind: 'none' },
      { kind: 'none' },
      { kind: 'answer', status: 200, body: '{"id":"x","status":"issued","updates":[{}]}' },
    );
    const result = await sync(container, quick());
    expect(result).toMatchObject({ ok: false, fault: { kind: 'update' } });
    expect(container.content.counter).toBe(1);
  });

  test('a second context of another process before the answer: it leaves that lease out, and takes the next one', async () => {
    const { serial } = container;
    const lease = async () => ({
      id: 'rp',
      status: 'unchanged',
      updates: [],
      lease: await depot.vendor.lease(serial, 'other', 5),
    });
    depot.faults.push({ kind: 'answer', status: 200, body: JSON.stringify(await lease()) });
    expect(await sync(container, quick())).toMatchObject({ ok: true, report: { status: 'unchanged' } });
    expect(readContainerFile(await readFile(path)).lease).toBeUndefined();
    depot.leaseIat = 6;
    expect(await sync(container, quick())).toMatchObject({ ok: true, report: { status: 'renewed' } });
    expect(readContainerFile(await readFile(path))).toMatchObject({ lease: expect.any(String), newestIat: 6 });
  });

  test('an answer that is late: its next context is above the one that the server remembers (C1)', async () => {
    const remembered = Math.floor(Date.now() / 1000) + 1_000;
    const body = JSON.stringify({ id: 'rp', status: 'unchanged', updates: [], late: remembered });
    depot.faults.push({ kind: 'answer', status: 200, body });
    await sync(container, quick());
    const next = await verifyContext(await container.context(), { issuer: ISSUER, newestKeySet: 1 });
    expect(next).toMatchObject({ ok: true, context: { iat: remembered + 1 } });
  });

  test('a changed update key: it takes the missing key set with the answer (K2)', async () => {
    await depot.vendor.rotate();
    depot.sendsKeySets = true;
    expect(await sync(container, activateBase())).toMatchObject({ ok: true, report: { status: 'confirmed' } });
    expect((await Container.open(path)).keySet.version).toBe(2);
  });

  test('nothing when the container was restored from an old copy: the server refuses, and nothing changes', async () => {
    const old = join(folder, 'old.json');
    await copyFile(path, old);
    await sync(container, activateBase());
    const result = await sync(await Container.open(old), quick());
    expect(result).toMatchObject({ ok: false, fault: { kind: 'problem', problem: { code: 'container-diverged' } } });
    expect((await Container.open(old)).content.counter).toBe(0);
  });
});

describe('a sync with a server that misbehaves', () => {
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    ({ kind: 'answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }) as const;

  test.each([429, 500, 502, 503, 504])('retries after %i', async (status) => {
    depot.faults.push(answer(status, '<html>'), answer(status, {}));
    expect((await sync(container, quick())).ok).toBe(true);
    expect(retries).toHaveLength(2);
  });

  test('waits as long as Retry-After says', async () => {
    depot.faults.push(answer(429, {}, { 'retry-after': '1' }));
    const start = Date.now();
    expect((await sync(container, quick())).ok).toBe(true);
    expect(Date.now() - start).toBeGreaterThanOrEqual(990);
  });

  test('retries when another reprogramming is in flight', async () => {
    depot.faults.push(answer(409, { code: 'reprogramming-in-flight', title: 't' }));
    expect((await sync(container, quick())).ok).toBe(true);
  });

  test('first applies the outstanding updates when there is no room for another update', async () => {
    await sync(container, { ...quick(), ticket: depot.ticket, activate: ['L-base'] });
    depot.mostOutstanding = 1;
    // Requested, but the answer never arrived.
    const wishes = { deactivate: ['L-base'] };
    const context = await container.context({ wishes });
    const body = JSON.stringify({ context, ...wishes });
    await fetch(`${container.server}/depot/reprogrammings`, { method: 'POST', body });
    const result = await sync(container, { ...quick(), ticket: depot.ticket, activate: ['L-addon'] });
    expect(result).toMatchObject({ ok: true, report: { status: 'confirmed', executed: { activate: ['L-addon'] } } });
    expect(container.content.licenses.map(({ id }) => id)).toEqual(['L-addon']);
    expect(depot.confirmed).toBe(3);
  });

  test('is refused when the outstanding updates leave no room, and a preview changes nothing', async () => {
    depot.mostOutstanding = 0;
    for (const preview of [false, true]) {
      const result = await sync(container, { ...quick(), ticket: depot.ticket, activate: ['L-base'], preview });
      expect(result).toMatchObject({ ok: false, fault: { problem: { code: 'too-many-outstanding' } } });
    }
    expect(depot.asked.map(({ path: asked }) => asked)).toEqual(Array(4).fill('/depot/reprogrammings'));
    expect(container.content.counter).toBe(0);
  });

  test('does not repeat a request that was refused', async () => {
    depot.faults.push(answer(403, { code: 'container-retired', title: 'Retired' }));
    expect(await sync(container, quick())).toMatchObject({
      ok: false,
      fault: { problem: { code: 'container-retired' } },
    });
    expect(depot.asked).toHaveLength(1);
  });

  test('gives up after its attempts', async () => {
    for (let index = 0; index < 10; index++) depot.faults.push({ kind: 'drop', when: 'before' });
    expect(await sync(container, { ...quick(), attempts: 3 })).toMatchObject({
      ok: false,
      fault: { kind: 'unreachable' },
    });
    expect(depot.asked).toHaveLength(3);
  });

  test.each([
    ['HTML', answer(200, '<html>')],
    ['JSON with a member twice', answer(200, '{"id":"a","id":"b"}')],
    ['a list', answer(200, [])],
    ['nothing', answer(200, '')],
    ['a redirect', answer(301, '', { location: 'http://169.254.169.254/' })],
    ['20 MB', answer(200, `"${'x'.repeat(20 * 1024 * 1024)}"`)],
  ])('reports %s as unreachable', async (_, fault) => {
    depot.faults.push(fault);
    expect(await sync(container, quick())).toMatchObject({ ok: false, fault: { kind: 'unreachable' } });
    expect((await Container.open(path)).content.counter).toBe(0);
  });

  test('does not read an answer that never ends', async () => {
    depot.faults.push({ kind: 'endless' });
    const result = await sync(container, { ...quick(), requestTimeoutSeconds: 25, attempts: 1 });
    expect(result).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('too-large') } });
  });

  test('stops waiting for an answer after its time-out', async () => {
    depot.plannedAnswers = 0;
    const silent = new FakeDepot();
    const server = await silent.listen();
    silent.faults.push({ kind: 'answer', status: 200, headers: { 'content-length': '100' }, body: '{' });
    const result = await sync(container, { ...quick(), server, attempts: 1, requestTimeoutSeconds: 0.3 });
    expect(result).toMatchObject({ ok: false, fault: { kind: 'unreachable' } });
    await silent.close();
  });

  test('refuses an update that is not signed with a pinned key', async () => {
    const stranger = new TestVendor();
    const update = await stranger.issue(container.serial, [{ op: 'put', license: license('L'), cause: 'activate' }]);
    depot.faults.push(answer(200, { id: 'rp', status: 'issued', executed: {}, dropped: [], updates: [update] }));
    expect(await sync(container, quick())).toMatchObject({
      ok: false,
      fault: { kind: 'update', code: 'unknown-key', index: 0 },
    });
    expect(depot.asked).toHaveLength(1);
    expect((await Container.open(path)).content.counter).toBe(0);
  });

  test('ignores members of the wrong type in an answer', async () => {
    const executed = { withdraw: 'all', activate: [1, 'L1'], replace: [{ old: 1 }, { old: 'a', new: 'b' }] };
    depot.faults.push(
      answer(200, { id: 'rp', status: 'unchanged', executed, dropped: [{ action: 1 }, null], updates: 'none' }),
    );
    expect(await sync(container, quick())).toMatchObject({
      ok: true,
      report: {
        executed: { withdraw: [], activate: ['L1'], replace: [{ old: 'a', new: 'b' }] },
        dropped: [],
        applied: [],
      },
    });
  });
});
