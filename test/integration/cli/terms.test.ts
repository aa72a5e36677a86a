/** The terms of a license on the vendor's command line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../../../terminal/exit.ts';
import type { LicenseBody } from '../../harness/answers.ts';
import { runCommandLine } from '../../harness/command-line.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { fresh, openWorld, type World } from '../../harness/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const run = (...argv: string[]) =>
  runCommandLine(argv, {
    env: { RELICENSE_SERVER: world.running.url, RELICENSE_TOKEN: world.running.token },
  });
const done = async (...argv: string[]): Promise<string> => {
  const { code, out, err } = await run(...argv);
  expect({ code, err: code === EXIT.done ? '' : err }).toEqual({ code: EXIT.done, err: '' });
  return out;
};
const sell = async (...argv: string[]) => {
  const out = await done('orders', 'create', '--id', fresh('SO'), ...argv, '--json');
  return (JSON.parse(out) as { licenses: LicenseBody[] }).licenses.map(({ id, terms, crit }) => ({ id, terms, crit }));
};

test('products put sets and clears the lease of a product, and keeps it otherwise', async () => {
  const code = fresh('leased');
  expect(await done('products', 'put', code, '--lease-days', '30')).toContain('30');
  expect(JSON.parse(await done('products', 'put', code, '--name', 'Leased', '--json'))).toMatchObject({
    leaseDays: 30,
  });
  expect(await sell('--item', code)).toMatchObject([{ terms: { leaseDays: 30 } }]);
  expect(await sell('--item', code, '--lease-days', '7')).toMatchObject([{ terms: { leaseDays: 7 } }]);
  expect(JSON.parse(await done('products', 'put', code, '--no-lease-days', '--json'))).not.toHaveProperty('leaseDays');
  const { err } = await run('products', 'put', code, '--no-lease-days', '--lease-days', '7');
  expect(err).toContain('Use --lease-days or --no-lease-days, not both.');
});

test('orders create takes own terms of each form, and shows them', async () => {
  const product = await world.product();
  const terms = ['region=EU', 'sites=3', 'offline=true', 'code="3"', 'list=["a","b"]', 'text=a,b=c', 'empty='];
  const given = terms.flatMap((term) => ['--term', term]);
  const [license] = await sell('--item', product, ...given, '--crit', 'region,sites');
  expect(license).toMatchObject({
    terms: { region: 'EU', sites: 3, offline: true, code: '3', list: ['a', 'b'], text: 'a,b=c', empty: '' },
    crit: ['region', 'sites'],
  });
  const shown = await done('licenses', 'show', license?.id ?? '');
  for (const text of ['region EU', 'sites 3', 'offline true', 'list a + b', 'region, sites'])
    expect(shown).toContain(text);
});

test('N2: orders create sells a license that has expired only with --allow-expired', async () => {
  const product = await world.product();
  const past = ['--item', product, '--expires', '2020-01-31'];
  const { code, err } = await run('orders', 'create', '--id', fresh('SO'), ...past);
  expect(code).toBe(EXIT.refused);
  expect(err).toContain('allowExpired');
  expect(await sell(...past, '--allow-expired')).toMatchObject([{ terms: { expiresAt: '2020-02-01T00:00:00.000Z' } }]);
  const both = await run('orders', 'create', 'order.json', '--allow-expired');
  expect([both.code, both.err]).toEqual([
    EXIT.usage,
    expect.stringContaining('Use FILE or --allow-expired, not both.'),
  ]);
});

test('replace keeps the own terms that are not given, and --terms sets all', async () => {
  const product = await world.product();
  const [license] = await sell('--item', product, '--term', 'region=EU', '--term', 'list=["a"]', '--crit', 'region');
  const replace = async (id: string | undefined, ...argv: string[]) => {
    const out = await done('replace', id ?? '', ...argv, '--json');
    return (JSON.parse(out) as { license: LicenseBody }).license;
  };
  const first = await replace(license?.id, '--term', 'sites=3', '--lease-days', '30');
  expect([first.terms, first.crit]).toEqual([{ region: 'EU', list: ['a'], sites: 3, leaseDays: 30 }, ['region']]);
  const second = await replace(first.id, '--crit', 'sites');
  expect([second.terms, second.crit]).toEqual([first.terms, ['sites']]);
  const third = await replace(second.id, '--terms', '{"own": 1}');
  expect([third.terms, third.crit]).toEqual([{ own: 1 }, undefined]);
});

test('bulk-orders replace changes own terms and keeps the others', async () => {
  const product = await world.product();
  await sell('--item', product, '--term', 'region=EU', '--term', 'sites=3');
  const given = ['--product', product, '--term', 'sites=5', '--lease-days', '14', '--crit', 'sites', '--yes'];
  await done('bulk-orders', 'replace', ...given);
  const [license] = (await done('licenses', 'list', '--product', product, '--json')).trim().split('\n');
  const { terms, crit } = JSON.parse(license ?? '') as LicenseBody;
  expect([terms, crit]).toEqual([{ region: 'EU', sites: 5, leaseDays: 14 }, ['sites']]);
});

test.each([
  ['--term', 'region', '--term must be NAME=VALUE'],
  ['--term', '=x', '--term must be NAME=VALUE'],
  ['--term', 'quantity=5', 'The term quantity has an option of its own'],
  ['--lease-days', 'x', '--lease-days must be a whole number'],
  ['--lease-days', '3651', '--lease-days'],
  ['--term', `customer=${'x'.repeat(257)}`, '--term customer'],
  ['--term', `own=${'x'.repeat(257)}`, '--term own'],
  ['--term', '__proto__=x', '--term __proto__'],
  ['--crit', 'region', '--crit'],
])('%s %s is refused with a message that names the option', async (option, value, message) => {
  const product = await world.product();
  const { code, err } = await run('orders', 'create', '--id', fresh('SO'), '--item', product, option, value);
  expect(code).not.toBe(EXIT.done);
  expect(err).toContain(message);
});

test('a refused assignment, and a cancellation of nothing, say what to do about it', async () => {
  const product = await world.product();
  const [taken, reserved] = await world.sell(product, product);
  const expired = await sell('--item', product, '--expires', '2020-01-31', '--allow-expired');
  const [holder, other] = [await world.customer(), await world.customer()];
  await holder.sync({ activate: [taken].filter((one) => one !== undefined) });
  await done('assign', reserved?.id ?? '', holder.serial);
  const advised = async (...argv: string[]) => {
    const { code, err } = await run(...argv);
    expect(code).toBe(EXIT.refused);
    return err.trim().split('\n').at(-1);
  };
  expect(await advised('assign', taken?.id ?? '', other.serial)).toContain(
    `relicense licenses show ${taken?.id} shows where`,
  );
  expect(await advised('assign', reserved?.id ?? '', other.serial)).toContain('cancel that assignment first');
  expect(await advised('assign', expired[0]?.id ?? '', other.serial)).toContain(
    `relicense licenses renew ${expired[0]?.id} --expires`,
  );
  expect(await advised('withdraw', taken?.id ?? '', '--cancel')).toBe(
    `relicense licenses show ${taken?.id} shows its state.`,
  );
  expect(await advised('assign', taken?.id ?? '', other.serial, '--cancel')).toContain('licenses show');
});

test('a file with broken JSON is refused with the line and column of the fault', async () => {
  const file = join(temporaryFolder(), 'order.json');
  writeFileSync(file, '{"orderId": "SO-1",\n  "items": [}\n');
  const { code, err } = await run('orders', 'create', file);
  expect([code, err.split('\n')[0]]).toEqual([EXIT.usage, `${file} is not valid JSON: see line 2, column 13.`]);
});
