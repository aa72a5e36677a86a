/** E1 on the vendor's command line: evidence is written, and verified without a server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../../../terminal/exit.ts';
import type { LicenseBody } from '../../harness/answers.ts';
import { type Given, runCommandLine } from '../../harness/command-line.ts';
import { type Customer, openWorld, present, type World } from '../../harness/world.ts';

let world: World;
let folder: string;
let customer: Customer;
let license: LicenseBody;
beforeAll(async () => {
  world = await openWorld();
  folder = mkdtempSync(join(tmpdir(), 'relicense-test-'));
  license = present((await world.sell(await world.product()))[0]);
  customer = await world.customer();
  await customer.sync({ activate: [license] });
  await customer.sync({ deactivate: [license.id] });
  const env = { RELICENSE_SERVER: world.running.url, RELICENSE_TOKEN: world.running.token };
  const { code, err, out } = await runCommandLine(['evidence', license.id, '--out', 'evidence.json'], { env, folder });
  expect({ code, err, out }).toEqual({ code: EXIT.done, err: 'The evidence is in evidence.json.\n', out: '' });
  write('keys.json', { keySets: world.keySets.map(({ signed }) => signed) });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  await world?.close();
});

const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
const document = (): object => JSON.parse(readFileSync(join(folder, 'evidence.json'), 'utf8')) as object;

/** Without a server and without a token. */
const verify = (argv: readonly string[], given: Given = {}) =>
  runCommandLine(['verify-evidence', ...argv], {
    folder,
    fetch: () => Promise.reject(new Error('verify-evidence must not use the network')),
    ...given,
  });

test('verify-evidence needs neither a server nor a token, and shows what is proven (E1)', async () => {
  const { code, out, err } = await verify(['evidence.json', '--trust', 'keys.json']);
  expect({ code, err }).toEqual({ code: EXIT.done, err: '' });
  for (const text of [license.id, customer.serial, 'by update 2', 'at counter 2', world.running.dependencies.issuer])
    expect(out).toContain(text);
  expect(out).toContain(`order ${license.orderId}, cause deactivate`);
});

test('verify-evidence --json prints the result as one document (E1)', async () => {
  const { code, out } = await verify(['evidence.json', '--trust', 'keys.json', '--json']);
  expect(code).toBe(EXIT.done);
  expect(JSON.parse(out)).toMatchObject({
    trusted: true,
    container: customer.serial,
    license: { id: license.id },
    counter: 2,
  });
});

test('without --trust, verify-evidence says whose keys it used', async () => {
  const { code, err } = await verify(['-'], { input: JSON.stringify(document()) });
  expect(code).toBe(EXIT.done);
  expect(err).toContain('The keys are those of the file.');
});

test.each([
  ['schema', { updates: [] }],
  ['updates', { updates: [{ jws: 'x', operations: [] }] }],
  ['license-not-before', { license: 'another' }],
  ['issuer', { iss: 'https://other.example.com' }],
  ['version', { version: 2 }],
])('changed evidence is refused with the code %s and the exit code 1', async (code, change) => {
  write('changed.json', { ...document(), ...change });
  const refused = await verify(['changed.json', '--trust', 'keys.json', '--json']);
  expect(refused.code).toBe(EXIT.refused);
  expect(JSON.parse(refused.err)).toMatchObject({ code });
  expect(refused.out).toBe('');
});

test('evidence with a member twice, text that is not JSON and keys of another kind are refused in words', async () => {
  writeFileSync(join(folder, 'twice.json'), JSON.stringify(document()).replace('{', '{"license":"x",'));
  const twice = await verify(['twice.json']);
  expect([twice.code, twice.err]).toEqual([EXIT.refused, expect.stringContaining('(schema)')]);
  write('no-keys.json', { keys: [] });
  const none = await verify(['evidence.json', '--trust', 'no-keys.json']);
  expect([none.code, none.err]).toEqual([EXIT.refused, expect.stringContaining('(trust)')]);
  expect((await verify(['missing.json'])).code).toBe(EXIT.usage);
});

test('evidence for a license without a confirmed removal is refused with what is missing (E1)', async () => {
  const env = { RELICENSE_SERVER: world.running.url, RELICENSE_TOKEN: world.running.token };
  const [fresh] = await world.sell(license.product);
  const { code, err } = await runCommandLine(['evidence', present(fresh).id], { env, folder });
  expect(code).toBe(EXIT.refused);
  expect(err).toContain('no container has confirmed');
});
