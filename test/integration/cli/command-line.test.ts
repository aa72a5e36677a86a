import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../../terminal/exit.ts';
import type { LicenseBody } from '../../harness/answers.ts';
import { REPOSITORY } from '../../harness/child-runtime.ts';
import { type Given, lines, type Ran, runCommandLine } from '../../harness/command-line.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { fresh, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const environment = (): Record<string, string> => ({
  RELICENSE_SERVER: world.running.url,
  RELICENSE_TOKEN: world.running.token,
});

async function run(argv: readonly string[], given: Given = {}): Promise<Ran> {
  return runCommandLine(argv, { ...given, env: { ...environment(), ...given.env } });
}

/** Runs a command that must succeed. */
async function done(argv: readonly string[], given: Given = {}): Promise<string> {
  const { code, out, err } = await run(argv, given);
  expect({ code, err: code === EXIT.done ? '' : err }).toEqual({ code: EXIT.done, err: '' });
  return out;
}

/** A container that holds one license of each product. */
async function collected(...products: string[]): Promise<{ serial: string; licenses: LicenseBody[] }> {
  const customer = await world.customer();
  const licenses = await world.sell(...products);
  await customer.sync({ activate: licenses });
  return { serial: customer.serial, licenses };
}

describe('a sale', () => {
  test('works with options; the same order again returns the same ticket', async () => {
    const product = await world.product();
    const id = fresh('SO');
    const argv = ['orders', 'create', '--id', id, '--item', `${product}:2`, '--quantity', '5', '--customer', 'Müller'];
    const first = await run(argv);
    expect(first).toMatchObject({ code: EXIT.done, err: 'Sold: 2 licenses.\n' });
    const order: unknown = JSON.parse(await done(['orders', 'show', id, '--json']));
    expect(order).toMatchObject({
      orderId: id,
      customer: 'Müller',
      licenses: [{ terms: { quantity: 5 } }, { terms: { quantity: 5 } }],
    });
    const { ticket } = order as { ticket: string };
    expect(first.out).toContain(ticket);
    const again = await run(argv);
    expect(again.err).toContain('sold before');
    expect(again.out).toBe(first.out);
    expect(await done(['tickets', 'show', ticket.toLowerCase().replaceAll('-', ' ')])).toContain(id);
  });

  test('is refused when its id has other content, with the code and advice', async () => {
    const product = await world.product();
    const id = fresh('SO');
    await done(['orders', 'create', '--id', id, '--item', product]);
    const argv = ['orders', 'create', '--id', id, '--item', `${product}:3`];
    const response = await run(argv);
    expect(response).toMatchObject({ code: EXIT.refused, out: '' });
    expect(response.err).toContain('(order-exists)');
    expect(response.err).toContain('relicense orders show');
    const { code, err, out } = await run([...argv, '--json']);
    expect({ code, out }).toEqual({ code: EXIT.refused, out: '' });
    expect(JSON.parse(err)).toMatchObject({
      code: 'order-exists',
      status: 409,
      orderId: id,
      advice: expect.any(String),
    });
  });

  test('reports all its faults at once', async () => {
    const { code, err } = await run(['orders', 'create', '-'], { input: '{"orderId": "", "items": [{"produkt": 1}]}' });
    expect(code).toBe(EXIT.refused);
    expect(err).toContain('  orderId: ');
    expect(err).toContain('  items.0.product: ');
    expect((await run(['orders', 'create', '-'], { input: '{' })).code).toBe(EXIT.usage);
    expect((await run(['orders', 'create', 'no-such-file'])).code).toBe(EXIT.usage);
  });
});

describe('a withdrawal', () => {
  test('works at once or by the next update, and can be cancelled', async () => {
    const product = await world.product();
    const [free] = await world.sell(product);
    const { serial, licenses } = await collected(product);
    const id = present(licenses[0]).id;
    expect(await done(['withdraw', present(free).id, '--yes'])).toBe(`${present(free).id} is withdrawn.\n`);
    expect(await done(['withdraw', id])).toContain(`by the next update of container ${serial.slice(0, 8)}…`);
    expect(await done(['auto-updates'])).toContain(serial.slice(0, 8));
    expect(lines(await done(['containers', 'list', '--pending', 'true', '--json']))).toContainEqual(
      expect.objectContaining({ serial, status: 'active', pendingCount: 1 }),
    );
    expect(await done(['containers', 'list', '--pending', 'true'])).toContain(serial.slice(0, 8));
    expect(await done(['licenses', 'show', id])).toMatch(/Pending +withdraw/);
    expect(await done(['withdraw', id, '--cancel'])).toContain('cancelled');
    expect(lines(await done(['containers', 'auto-updates', serial, '--json']))).toEqual([]);
    const types = lines(await done(['licenses', 'history', id, '--json'])).map(
      (event) => (event as { type: string }).type,
    );
    expect(types.slice(0, 2)).toEqual(['withdrawal.cancelled', 'withdrawal.ordered']);
  });

  test('is refused when other licenses depend on it, with their ids and advice', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const { licenses } = await collected(base, addOn);
    const [baseId, addOnId] = licenses.map(({ id }) => id);
    const { code, out, err } = await run(['withdraw', present(baseId)]);
    expect({ code, out }).toEqual({ code: EXIT.refused, out: '' });
    expect(err).toContain('(dependency-violation)');
    expect(err).toContain(`  ${addOnId}  ${addOn}, requires ${base}`);
    expect(err).toContain('Withdraw the dependent licenses as well');
  });

  test('accepts licenses that depend on each other in any order', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    const further = await world.product([addOn]);
    const { licenses } = await collected(base, addOn, further);
    const ids = licenses.map(({ id }) => id);
    const response = lines(await done(['withdraw', ...ids, '--yes', '--json']));
    expect(response).toHaveLength(3);
    expect(response).toEqual(
      expect.arrayContaining(ids.map((license) => expect.objectContaining({ license, status: 'pending' }))),
    );
  });

  test('continues with the other licenses when one is refused, and ends with 4', async () => {
    const [one, two] = await world.sell(await world.product(), await world.product());
    const input = `${present(one).id}\n${'0'.repeat(20)} ${present(two).id}\n${present(one).id}\n`;
    const { code, out } = await run(['withdraw', '-', '--yes', '--json'], { input });
    expect(code).toBe(EXIT.partly);
    expect(lines(out)).toEqual([
      { license: present(one).id, status: 'withdrawn' },
      { license: present(two).id, status: 'withdrawn' },
      { license: '0'.repeat(20), problem: expect.objectContaining({ code: 'not-found' }) },
    ]);
  });

  test('asks about one license when it is final at once, and needs --yes where nobody can be asked', async () => {
    const product = await world.product();
    const [free] = await world.sell(product);
    const { id } = present(free);
    const asked = await run(['withdraw', id], { answers: ['n'] });
    expect(asked.code).toBe(EXIT.unconfirmed);
    expect(asked.questions).toEqual([
      `Withdraw ${id} (${product}, order ${present(free).orderId}) at once? This is final. [y/N] `,
    ]);
    const unasked = await run(['withdraw', id]);
    expect(unasked.code).toBe(EXIT.usage);
    expect(unasked.err).toContain('Add --yes');
    expect((await world.license(id)).state).toBe('available');
    expect((await run(['withdraw', id], { answers: ['y'] })).code).toBe(EXIT.done);
    expect((await world.license(id)).state).toBe('withdrawn');
    // What the server refuses, or --cancel can take back, needs no question.
    expect(await run(['withdraw', id], { answers: [] })).toMatchObject({ code: EXIT.refused, questions: [] });
    const inContainer = present((await collected(product)).licenses[0]).id;
    expect(await run(['withdraw', inContainer])).toMatchObject({ code: EXIT.done, questions: [] });
  });

  test('asks for confirmation of several licenses, and changes nothing without a yes', async () => {
    const [one, two] = await world.sell(await world.product(), await world.product());
    const ids = [present(one).id, present(two).id];
    const asked = await run(['withdraw', ...ids], { answers: ['n'] });
    expect(asked.code).toBe(EXIT.unconfirmed);
    expect(asked.questions).toEqual(['Withdraw 2 licenses? [y/N] ']);
    expect((await run(['withdraw', ...ids])).code).toBe(EXIT.usage);
    expect((await world.license(present(ids[0]))).state).toBe('available');
    expect((await run(['withdraw', ...ids], { answers: ['yes'] })).code).toBe(EXIT.done);
  });

  test('reports its progress when it is interrupted; the same command again finishes it', async () => {
    const product = await world.product();
    const { licenses } = await world.order([{ product, quantity: 5 }]);
    const ids = licenses.map(({ id }) => id);
    const interrupt = new AbortController();
    const argv = ['withdraw', ...ids, '--yes', '--reason', 'the wrong customer'];
    const stopped = await run(argv, { signal: interrupt.signal, onOut: () => interrupt.abort(new Error('Ctrl-C')) });
    expect(stopped.code).toBe(EXIT.interrupted);
    expect(stopped.err).toContain('1 of 5 licenses done.');
    const again = await run(argv);
    expect(again.code).toBe(EXIT.partly);
    expect(again.err).toContain('(license-final)');
    for (const id of ids) expect((await world.license(id)).state).toBe('withdrawn');
  });
});

describe('a replacement', () => {
  test('keeps the terms that are not given', async () => {
    const product = await world.product();
    const order = await world.order([{ product, terms: { quantity: 3, features: ['a'] } }]);
    const id = present(order.licenses[0]).id;
    const response: unknown = JSON.parse(await done(['replace', id, '--expires', '2037-01-31', '--json']));
    expect(response).toMatchObject({
      status: 'replaced',
      license: { terms: { quantity: 3, features: ['a'], expiresAt: '2037-02-01T00:00:00.000Z' }, predecessor: id },
    });
    const { license } = response as { license: LicenseBody };
    const exact = JSON.parse(await done(['replace', license.id, '--terms', '{}', '--json'])) as {
      license: LicenseBody;
    };
    expect(exact.license.terms).toEqual({});
  });

  test('is wrong usage when it changes nothing', async () => {
    expect((await run(['replace', 'L'])).code).toBe(EXIT.usage);
    expect((await run(['replace', 'L', '--terms', '{}', '--quantity', '2'])).code).toBe(EXIT.usage);
    expect((await run(['replace', 'L', '--cancel', '--quantity', '2'])).code).toBe(EXIT.usage);
  });
});

describe('a change of a product', () => {
  test('keeps the settings that are not given, and is refused when somebody else changed the product first', async () => {
    const base = await world.product();
    const code = await world.product();
    await done(['products', 'put', code, '--name', 'Add-on', '--requires', base, '--feature', 'a,b']);
    const changed: unknown = JSON.parse(await done(['products', 'put', code, '--no-features', '--json']));
    expect(changed).toEqual({ code, name: 'Add-on', features: [], requires: [base] });
    // Somebody else changes it between the command's read and its write.
    const overtaken: typeof fetch = async (input, init) => {
      if (init?.method === 'PUT') await world.vendor('PUT', `/products/${code}`, { body: { name: 'Theirs' } });
      return fetch(input, init);
    };
    const refused = await run(['products', 'put', code, '--name', 'Mine'], { fetch: overtaken });
    expect(refused.code).toBe(EXIT.refused);
    expect(refused.err).toContain('(precondition-failed)');
    expect(await done(['products', 'show', code])).toContain('Theirs');
  });
});

describe('a deletion', () => {
  test('asks at a terminal before it deletes a product or a SKU mapping, and needs --yes without one', async () => {
    const code = await world.product();
    const sku = fresh('SKU');
    await done(['sku-mappings', 'put', sku, '--item', `${code}:2`]);
    const forms = [
      [['sku-mappings', 'delete', sku], `Delete the mapping of ${sku}, which delivers ${code} × 2? [y/N] `],
      [['products', 'delete', code], `Delete the product ${code} (${code})? [y/N] `],
    ] as const;
    for (const [argv, question] of forms) {
      expect((await run(argv)).code).toBe(EXIT.usage);
      const refused = await run(argv, { answers: ['no'] });
      expect(refused).toMatchObject({ code: EXIT.unconfirmed, questions: [question] });
      expect(await done([...argv.with(1, 'show')])).toContain(code);
      expect(await done([...argv, '--yes'])).toBe('Deleted.\n');
      expect((await run(argv.with(1, 'show'))).err).toContain('(not-found)');
    }
  });

  test('is refused for a product that is in use, and names what uses it', async () => {
    const code = await world.product();
    const [license] = await world.sell(code);
    const { code: exit, err } = await run(['products', 'delete', code, '--yes']);
    expect(exit).toBe(EXIT.refused);
    expect(err).toContain('(product-in-use)');
    expect(err).toContain(present(license).id);
  });

  test('is not needed for a typo in a required product: the product is refused', async () => {
    const { code, err } = await run(['products', 'put', fresh('product'), '--requires', 'bsae']);
    expect(code).toBe(EXIT.refused);
    expect(err).toContain('--requires: there is no product bsae');
  });
});

describe('a list', () => {
  const idsOf = (out: string): string[] => lines(out).map((item) => (item as { orderId: string }).orderId);

  test('shows the newest first, and --order oldest turns it', async () => {
    const product = await world.product();
    const sold: string[] = [];
    for (let index = 0; index < 3; index++) sold.push((await world.order([{ product }])).orderId);
    const argv = ['orders', 'list', '--product', product, '--json'];
    expect(idsOf(await done(argv))).toEqual(sold.toReversed());
    expect(idsOf(await done([...argv, '--limit', '1']))).toEqual(sold.slice(-1));
    expect(idsOf(await done([...argv, '--order', 'oldest']))).toEqual(sold);
    const licenses = ['licenses', 'list', '--product', product, '--json'];
    expect(idsOf(await done(licenses))).toEqual(sold.toReversed());
    expect(idsOf(await done([...licenses, '--sort', 'oldest']))).toEqual(sold);
    const misunderstood = await run(['licenses', 'list', '--order', 'oldest']);
    expect(misunderstood.err).toContain('to turn the list: --sort oldest');
  });

  test('finds a customer by a piece of the name, and says how it searches when it finds nothing', async () => {
    const product = await world.product();
    const name = `${fresh('Weber')} GmbH`;
    const id = fresh('SO');
    await run(['orders', 'create', '--id', id, '--item', product, '--customer', name]);
    const piece = name.slice(0, -5).toUpperCase();
    for (const group of ['orders', 'licenses']) {
      expect(idsOf(await done([group, 'list', '--customer', piece, '--json']))).toEqual([id]);
      expect(idsOf(await done([group, 'list', '--customer-name', name, '--json']))).toEqual([id]);
      const missed = await run([group, 'list', '--customer', 'nobody-of-this-name']);
      expect(missed.err).toContain('The search is by a piece of the name');
      const whole = await run([group, 'list', '--customer-name', piece]);
      expect(whole.err).toContain('--customer searches for a piece of it');
    }
    expect(await done(['customers', 'list', piece])).toContain(name);
    expect((await run(['customers', 'list', 'nobody-of-this-name'])).err).toContain('by a piece of the name');
  });

  test('shows what was withdrawn when asked, and an order says how much of it is not shown', async () => {
    const product = await world.product();
    const { orderId, ticket, licenses } = await world.order([{ product, quantity: 4 }]);
    const [first, second, third, last] = licenses.map(({ id }) => id);
    const whole = ['orders', 'show', orderId];
    expect(await done(whole)).toMatch(/Licenses +4 sold\n/);
    await done(['withdraw', present(first), present(second), '--yes']);
    expect(await done(whole)).toMatch(/Licenses +4 sold, 2 shown; 2 withdrawn \(--all shows them\)/);
    expect(await done(whole)).not.toContain(first);
    await done(['replace', present(third), '--quantity', '2']);
    const listed = lines(await done(['licenses', 'list', '--order', orderId, '--state', 'withdrawn', '--json']));
    expect(listed).toMatchObject([{ id: first }, { id: second }]);
    for (const argv of [whole, ['tickets', 'show', ticket]]) {
      const all = await done([...argv, '--all']);
      for (const id of [first, second, last]) expect(all).toContain(id);
      expect(all).toMatch(/Licenses +4 sold, 5 shown; 2 withdrawn, 1 replaced\n/);
      expect(all).not.toContain('--all shows them');
      const { licenses: shown } = JSON.parse(await done([...argv, '--all', '--json'])) as { licenses: LicenseBody[] };
      expect(shown.filter(({ state }) => state === 'withdrawn').map(({ id }) => id)).toEqual([first, second]);
    }
  });
});

describe('a bulk order', () => {
  test('can be previewed, confirmed, awaited and reported; refused licenses end it with 4', async () => {
    const base = await world.product();
    const addOn = await world.product([base]);
    await collected(base, addOn);
    const [free] = await world.sell(base);
    const argv = ['bulk-orders', 'withdraw', '--product', base];
    const previewed = await run([...argv, '--preview']);
    expect(previewed.code).toBe(EXIT.partly);
    expect(previewed.out).toContain('2 selected, 1 would be withdrawn, 1 would be refused');
    expect((await world.license(present(free).id)).state).toBe('available');
    const counted = await run(argv, { answers: ['no'] });
    expect(counted.code).toBe(EXIT.unconfirmed);
    expect(counted.err).toContain('2 selected, 1 would be withdrawn, 1 would be refused.\n');
    expect(counted.questions).toEqual(['Withdraw 2 licenses? [y/N] ']);
    expect((await world.license(present(free).id)).state).toBe('available');
    expect((await run(['bulk-orders', 'withdraw', '--yes'])).code).toBe(EXIT.usage);
    const carriedOut = await run([...argv, '--yes', '--json']);
    expect(carriedOut.code).toBe(EXIT.partly);
    const bulk = JSON.parse(carriedOut.out) as { id: string };
    expect(bulk).toMatchObject({ status: 'done', progress: { selected: 2, withdrawn: 1, refused: 1 } });
    const report = lines(await done(['bulk-orders', 'report', bulk.id, '--outcome', 'refused', '--json']));
    expect(report).toMatchObject([{ product: base, problem: { code: 'dependency-violation' } }]);
    expect(await done(['bulk-orders', 'report', bulk.id])).toContain('dependency-violation');
  });
});

describe('a bulk order that selects nothing', () => {
  test.each([
    ['with --yes', ['--yes'], undefined],
    ['in a preview', ['--preview'], undefined],
    ['at a terminal, without a question', [], ['y']],
  ])('ends with 6 and says so %s', async (_, options, answers) => {
    const argv = ['bulk-orders', 'withdraw', '--product', await world.product(), ...options];
    const { code, err, questions } = await run(argv, answers === undefined ? {} : { answers });
    expect({ code, questions }).toEqual({ code: EXIT.nothing, questions: [] });
    expect(err).toContain('No license meets these conditions.');
  });
});

describe('a bulk replacement', () => {
  test('keeps the terms that are not given', async () => {
    const product = await world.product();
    const [one, other] = [
      { quantity: 3, features: ['a'] },
      { quantity: 7, expiresAt: '2027-01-01T00:00:00Z' },
    ];
    const first = await world.order([{ product, terms: one }]);
    const second = await world.order([{ product, terms: other }]);
    const argv = ['bulk-orders', 'replace', '--product', product, '--expires', '2037-01-31', '--yes', '--json'];
    const bulk = JSON.parse(await done(argv)) as { progress: object };
    expect(bulk).toMatchObject({
      progress: { selected: 2, replaced: 2 },
      replacement: { changes: { expiresAt: '2037-02-01T00:00:00.000Z' } },
    });
    const termsOf = async (order: { orderId: string }): Promise<unknown> => {
      const shown = JSON.parse(await done(['orders', 'show', order.orderId, '--json'])) as { licenses: LicenseBody[] };
      return shown.licenses.map(({ terms }) => terms);
    };
    expect(await termsOf(first)).toEqual([{ ...one, expiresAt: '2037-02-01T00:00:00.000Z' }]);
    expect(await termsOf(second)).toEqual([{ ...other, expiresAt: '2037-02-01T00:00:00.000Z' }]);
    const both = { action: 'replace', query: { product }, replacement: { terms: {}, changes: {} } };
    const refused = await world.vendor('POST', '/bulk-orders', { body: both });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'replacement.changes' }] } });
  });
});

describe('a container', () => {
  test('can be shown, pushed to, exported and retired', async () => {
    const product = await world.product();
    const { serial, licenses } = await collected(product);
    const [second] = await world.sell(product);
    await done(['assign', present(second).id, serial]);
    const folder = temporaryFolder();
    expect(await done(['containers', 'push', serial, '--out', 'update.json'], { folder })).toContain(
      present(second).id,
    );
    const written: unknown = JSON.parse(readFileSync(join(folder, 'update.json'), 'utf8'));
    expect(written).toEqual(JSON.parse(await done(['containers', 'updates', serial])));
    expect(written).toMatchObject({ updates: [{ jws: expect.any(String) }] });
    const shown = await done(['containers', 'show', serial]);
    expect(shown).toContain('confirmed up to 1, issued up to 2');
    expect(shown).toContain('1 update without receipt');
    expect(await done(['containers', 'history', serial])).toContain('update.issued');
    const argv = ['containers', 'retire', serial, '--licenses', 'restore', '--reason', 'burnt'];
    expect((await run(argv)).code).toBe(EXIT.usage);
    const refused = await run(argv, { answers: ['no'] });
    expect(refused.code).toBe(EXIT.unconfirmed);
    // The question comes with the container and its licenses.
    expect(refused.err).toContain(present(licenses[0]).id);
    expect(await done(argv, { answers: ['y'] })).toContain('available again');
    const again = await run([...argv.slice(0, 4), 'withdraw', ...argv.slice(5), '--yes']);
    expect(again.out).toContain('available again');
    expect(again.err).toContain('retired before');
  });

  test('has a name and a note, which are shown beside its serial and can be removed', async () => {
    const product = await world.product();
    const { serial, licenses } = await collected(product);
    const short = serial.slice(0, 8);
    const { id, orderId = '' } = present(licenses[0]);
    expect((await run(['containers', 'name', short])).code).toBe(EXIT.usage);
    expect((await run(['containers', 'name', short, '--name', 'a', '--no-name'])).code).toBe(EXIT.usage);
    expect(await done(['containers', 'name', short, '--name', 'Reception PC', '--note', 'ground floor'])).toContain(
      `${short}… has now: Reception PC; ground floor.`,
    );
    await done(['withdraw', id, '--reason', 'refund']);
    for (const argv of [
      ['containers', 'show', short],
      ['containers', 'list', '--serial', short],
      ['containers', 'history', short],
      ['containers', 'auto-updates', short],
      ['auto-updates'],
      ['licenses', 'show', id],
      ['licenses', 'list', '--container', short],
      ['licenses', 'history', id],
      ['orders', 'show', orderId],
      ['tickets', 'show', present(licenses[0]).ticket],
    ]) {
      const shown = await done(argv);
      expect(shown, argv.join(' ')).toContain(short);
      expect(shown, argv.join(' ')).toContain('Reception PC');
    }
    const today = new Date().toISOString().slice(0, 10);
    expect(await done(['licenses', 'show', id])).toContain(
      `withdraw waits for the next update of container ${short}… (“Reception PC”), ordered just now; last seen ${today}`,
    );
    expect(await done(['licenses', 'list', '--container', short])).toContain('withdraw, just now');
    expect(JSON.parse(await done(['containers', 'name', serial, '--no-name', '--json']))).toMatchObject({
      serial,
      note: 'ground floor',
    });
    expect(await done(['containers', 'show', serial])).not.toContain('Reception PC');
  });

  test('names the products of its licenses, and says what is confirmed and what is on its way', async () => {
    const product = await world.product();
    const customer = await world.customer();
    const activate = await world.sell(product);
    await customer.reprogram({ activate });
    const of = async (): Promise<string> => done(['containers', 'show', customer.serial]);
    const row = new RegExp(`${present(activate[0]).id}  ${product}  (.*)`);
    expect(row.exec(await of())?.[1]).toBe('on its way in, no receipt');
    await customer.sync();
    expect(row.exec(await of())?.[1]).toBe('confirmed');
    await customer.reprogram({ deactivate: [present(activate[0]).id] });
    expect(row.exec(await of())?.[1]).toBe('on its way out, no receipt');
  });

  test('is found when it was silent for long', async () => {
    const { serial } = await collected(await world.product());
    const argv = ['containers', 'list', '--serial', serial.slice(0, 8), '--silent-for'];
    expect(await done([...argv, '1h', '--json'])).toBe('');
    expect((await run([...argv, '90'])).err).toContain('--silent-for');
  });

  test('gets no update when nothing is pending', async () => {
    const { serial } = await collected(await world.product());
    expect(await done(['containers', 'push', serial])).toBe('Nothing is pending: no update was made.\n');
  });
});

describe('an endpoint for events', () => {
  test.each(['http://127.0.0.1:3001/', 'https://localhost:3001/'])(
    'at %s is refused with the setting of the local server that allows it',
    async (url) => {
      const { code, err } = await run(['events', 'endpoints', 'add', url]);
      expect(code).toBe(EXIT.refused);
      expect(err).toContain('RELICENSE_ALLOW_PRIVATE_TARGETS=1');
    },
  );
});

describe('lists', () => {
  test('are complete lines of JSON for scripts, and tables that fit the terminal for people', async () => {
    const product = await world.product();
    const order = await world.order([
      { product, quantity: 3, terms: { features: ['a rather long name of a feature'] } },
    ]);
    const argv = ['licenses', 'list', '--product', product];
    expect(lines(await done([...argv, '--json']))).toEqual(order.licenses.toReversed());
    // The licenses of one order were sold at the same time: they keep the order of its units.
    const ofOrder = ['licenses', 'list', '--order', order.orderId, '--json'];
    expect(lines(await done(ofOrder))).toEqual(order.licenses);
    expect(lines(await done([...ofOrder, '--sort', 'newest']))).toEqual(order.licenses.toReversed());
    expect(lines(await done([...argv, '--json', '--limit', '2']))).toHaveLength(2);
    const wide = await done(argv);
    expect(wide).toContain('a rather long name of a feature');
    for (const columns of [120, 100, 80, 60]) {
      const table = await done(argv, { columns, env: { NO_COLOR: '1' } });
      for (const line of table.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
      for (const { id } of order.licenses) expect(table).toContain(id);
    }
    const limited = await run([...argv, '--limit', '2']);
    expect(limited.err).toContain('the first 2; there are more');
    expect((await run([...argv, '--limit', '3'])).err).toBe('');
  });

  test('print a message on stderr when they are empty', async () => {
    expect(await run(['orders', 'list', '--customer', fresh('nobody')])).toEqual({
      code: EXIT.done,
      out: '',
      err: 'There are no such orders. The search is by a piece of the name; relicense customers list shows all names.\n',
      questions: [],
    });
  });

  test('have colours on a terminal only, and none with NO_COLOR or TERM=dumb', async () => {
    const [license] = await world.sell(await world.product());
    const argv = ['licenses', 'show', present(license).id];
    expect(await done(argv, { columns: 80 })).toContain('\u001b[32mavailable');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect(await done(argv, { columns: 80, env })).not.toContain('\u001b');
    }
    expect(await done(argv)).not.toContain('\u001b');
  });

  test('escape control characters in texts of others', async () => {
    const product = await world.product();
    const customer = 'evil \u001b[31m\u0007 \u202e';
    const order = { orderId: fresh('SO'), customer: { name: customer }, items: [{ product }] };
    await done(['orders', 'create', '-'], { input: JSON.stringify(order) });
    for (const argv of [
      ['orders', 'show', order.orderId],
      ['orders', 'list', '--product', product],
    ]) {
      const out = await done(argv);
      expect(out).toContain('evil \\u{1b}[31m\\u{7} \\u{202e}');
    }
  });
});

describe('server and token', () => {
  test('are saved by login for their owner only, used by other commands, and deleted by logout', async () => {
    const folder = temporaryFolder();
    const given = { env: { XDG_CONFIG_HOME: folder }, folder };
    const { url, token } = world.running;
    const asked = await runCommandLine(['login'], { ...given, answers: [`${url}/`, token] });
    expect(asked).toMatchObject({ code: EXIT.done, out: '' });
    expect(asked.err).not.toContain(token);
    const path = join(folder, 'relicense', 'config.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ server: url, token });
    expect((await runCommandLine(['products', 'list', '--json'], given)).code).toBe(EXIT.done);
    expect((await runCommandLine(['status'], given)).out).toContain(`${url} (from relicense login)`);
    expect((await runCommandLine(['logout'], given)).err).toBe('Logged out.\n');
    const after = await runCommandLine(['products', 'list'], given);
    expect(after.code).toBe(EXIT.usage);
    expect(after.err).toContain('relicense login');
  });

  test('login does not save a token that the server does not accept', async () => {
    const folder = temporaryFolder();
    const given = { env: { XDG_CONFIG_HOME: folder }, input: `${'x'.repeat(43)}\n` };
    const refused = await runCommandLine(['login', '--server', world.running.url], given);
    expect(refused.code).toBe(EXIT.refused);
    expect(refused.err).toContain('(unauthorized)');
    expect((await runCommandLine(['status'], given)).code).toBe(EXIT.usage);
  });

  test('login accepts a token with few scopes; a refusal names the missing scope', async () => {
    const folder = temporaryFolder();
    const made: unknown = JSON.parse(
      await done(['tokens', 'create', '--name', 'few', '--scope', 'orders:read', '--json']),
    );
    const { token } = made as { token: string };
    const given = { env: { XDG_CONFIG_HOME: folder }, input: token };
    expect((await runCommandLine(['login', '--server', world.running.url], given)).code).toBe(EXIT.done);
    expect((await runCommandLine(['orders', 'list', '--limit', '1'], given)).code).toBe(EXIT.done);
    const refused = await runCommandLine(['products', 'list'], given);
    expect(refused.code).toBe(EXIT.refused);
    expect(refused.err).toContain('products:read');
  });

  test('a saved token is sent only to the server it was saved for', async () => {
    const folder = temporaryFolder();
    const given = { env: { XDG_CONFIG_HOME: folder } };
    const { url, token } = world.running;
    await runCommandLine(['login', '--server', url, '--token', token], given);
    const elsewhere = await runCommandLine(['products', 'list', '--server', 'https://elsewhere.example.com'], {
      ...given,
      fetch: () => Promise.reject(new Error('It was asked.')),
    });
    expect(elsewhere.code).toBe(EXIT.usage);
    expect(elsewhere.err).toContain('No token for https://elsewhere.example.com');
  });

  test('a config file that others can read, or that is damaged, causes a warning', async () => {
    const folder = temporaryFolder();
    const given = { env: { XDG_CONFIG_HOME: folder } };
    const { url, token } = world.running;
    await runCommandLine(['login', '--server', url, '--token', token], given);
    const path = join(folder, 'relicense', 'config.json');
    writeFileSync(path, JSON.stringify({ server: url, token }), { mode: 0o644 });
    chmodSync(path, 0o644);
    expect((await runCommandLine(['status'], given)).err).toContain('others can read');
    writeFileSync(path, '{');
    expect((await runCommandLine(['status'], given)).err).toContain('damaged');
  });

  test('plain http to another machine needs --allow-http and causes a warning', async () => {
    const folder = temporaryFolder();
    const given = { env: { XDG_CONFIG_HOME: folder }, fetch: () => Promise.resolve(Response.json({ items: [] })) };
    const argv = ['login', '--server', 'http://licenses.example.com', '--token', 'a-token'];
    expect((await runCommandLine(argv, given)).code).toBe(EXIT.usage);
    expect((await runCommandLine([...argv, '--allow-http'], given)).code).toBe(EXIT.done);
    expect((await runCommandLine(['products', 'list'], given)).err).toContain('plain http');
  });

  test('a server that cannot be reached ends with 3', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
    const { code, err } = await run(['status'], { fetch });
    expect(code).toBe(EXIT.unreachable);
    expect(err).toContain('ECONNREFUSED');
    expect(JSON.parse((await run(['status', '--json'], { fetch })).err.split('\n').at(-2) ?? '')).toMatchObject({
      code: 'unreachable',
    });
  });
});

describe('completion', () => {
  // On a busy machine the answer may take longer than the time-out of one second, so this fetch ignores it.
  const patient: typeof fetch = (input, init) => fetch(input, { ...init, signal: null });
  const complete = async (...words: string[]): Promise<string[]> =>
    (await done(['__complete', String(words.length), 'relicense', ...words], { fetch: patient }))
      .split('\n')
      .map((line) => line.split('\t')[0] ?? '');

  test('asks the server for codes and ids', async () => {
    const product = await world.product();
    const { serial, licenses } = await collected(product);
    const id = present(licenses[0]).id;
    await done(['withdraw', id]);
    expect(await complete('products', 'show', product.slice(0, -2))).toContain(product);
    expect(await complete('containers', 'show', serial.slice(0, 5))).toContain(serial);
    expect(await complete('licenses', 'list', '--product', '')).toContain(product);
    expect(await complete('orders', 'create', '--item', `other,${product.slice(0, -2)}`)).toContain(`other,${product}`);
  });

  test('prints nothing when there is no server to ask', async () => {
    const { code, out, err } = await runCommandLine(['__complete', '3', 'relicense', 'products', 'show', '']);
    expect({ code, out, err }).toEqual({ code: EXIT.done, out: '', err: '' });
  });
});

describe('the program itself', () => {
  const PROGRAM = join(REPOSITORY, 'cli', 'relicense.ts');

  test('reads standard input, writes to a pipe, and sets the exit code', async () => {
    const [license] = await world.sell(await world.product());
    const child = spawn(process.execPath, [PROGRAM, 'withdraw', '-', '--yes', '--json'], {
      env: { ...environment(), PATH: process.env.PATH ?? '' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stdin.end(`${present(license).id}\n`);
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(lines(out)).toEqual([{ license: present(license).id, status: 'withdrawn' }]);
  });

  test('completes in a real bash', async () => {
    // As readline does: it calls the function with the words and reads the candidates from COMPREPLY.
    const script = `
      relicense() { "${process.execPath}" "${PROGRAM}" "$@"; }
      source <(relicense completion bash)
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _relicense; echo "\${COMPREPLY[*]}"; }
      complete -p relicense
      try relicense conta
      try relicense licenses list --state = conf
    `;
    const { promise, resolve } = Promise.withResolvers<string>();
    const env = { ...environment(), PATH: process.env.PATH ?? '' };
    execFile('bash', ['--norc', '-c', script], { env }, (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error ?? ''}`),
    );
    expect(await promise).toBe('complete -F _relicense relicense\ncontainers\nconfirmed-collected\n');
  });
});
