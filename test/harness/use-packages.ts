/** What a program does with the installed packages: the same steps on every Node. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RunningRuntime } from '../../local/runtime.ts';
import { runInstalled } from './packages.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** As an ES module: sells with the client, activates with the container. */
const ES_MODULE = `
import { createClient } from '@relicense/client';
import { Container, sync } from '@relicense/container';
const [server, token, product, path] = process.argv.slice(2);
const client = createClient({ server, token });
await client.putProduct({ params: { code: product }, body: { name: product, features: ['render'] } });
const order = await client.createOrder({ body: { orderId: 'SO-' + product, items: [{ product, quantity: 2 }] } });
const keys = await (await fetch(server + '/.well-known/relicense-keys')).json();
const container = await Container.create({ path, keys, server, trust: keys });
const { report } = await sync(container, { ticket: order.ticket, activate: 'all' });
const check = await container.check(product, { feature: 'render' });
const exposed = await container.isExposed();
console.log(JSON.stringify({ status: report.status, activated: report.executed.activate.length, ok: check.ok, exposed, keys }));
`;

/** As a CommonJS module: asks what is licensed. */
const COMMON_JS = `
const { readFileSync } = require('node:fs');
const { Container, ContainerError } = require('@relicense/container');
const [product, path] = process.argv.slice(2);
const trust = JSON.parse(readFileSync('keys.json', 'utf8'));
(async () => {
  const container = await Container.open(path, { trust });
  const checks = [await container.check(product), await container.check(product, { feature: 'none' })];
  const missing = await Container.open('no-such-file').catch((error) => error instanceof ContainerError && error.code);
  console.log(JSON.stringify({ ok: checks[0].ok, reason: checks[1].reason, missing }));
})();
`;

let uses = 0;

/** Runs the whole round trip with this Node. @param packages the folder with the installed packages */
export async function usePackages(node: string, packages: string, { url, token }: RunningRuntime): Promise<void> {
  uses += 1;
  const product = `use-${process.pid}-${uses}`;
  const folder = temporaryFolder();
  const path = join(folder, 'container.json');
  const script = async (name: string, text: string, args: readonly string[]): Promise<Record<string, unknown>> => {
    // Beside the packages, as the program of their user is.
    await writeFile(join(packages, name), text);
    const { code, out, err } = await runInstalled(node, [join(packages, name), ...args], { folder });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out);
  };
  const { keys, ...used } = await script('use.mjs', ES_MODULE, [url, token, product, path]);
  expect(used).toEqual({ status: 'confirmed', activated: 2, ok: true, exposed: false });
  await writeFile(join(folder, 'keys.json'), JSON.stringify(keys));
  expect(await script('use.cjs', COMMON_JS, [product, path])).toEqual({
    ok: true,
    reason: 'feature-missing',
    missing: 'not-found',
  });

  const program = (name: string, args: readonly string[]) =>
    runInstalled(node, [join(packages, 'node_modules', '.bin', name), ...args], {
      folder,
      env: { RELICENSE_SERVER: url, RELICENSE_TOKEN: token },
    });
  const check = ['check', '--product', product, '--trust', 'keys.json', '--json'];
  const checked = await program('relicense-container', check);
  expect({ code: checked.code, err: checked.err, ok: JSON.parse(checked.out).ok }).toEqual({
    code: 0,
    err: '',
    ok: true,
  });
  const none = await program('relicense-container', ['check', '--product', 'no-such', '--trust', 'keys.json']);
  expect(none.code).toBe(10);
  const listed = await program('relicense', ['licenses', 'list', '--product', product, '--json']);
  expect({ code: listed.code, err: listed.err }).toEqual({ code: 0, err: '' });
  expect(
    listed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).state),
  ).toEqual(['confirmed-collected', 'confirmed-collected']);
}
