/** The example of a protected application, with the installed packages and the embedded runtime. */
import { spawn } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readContainerFile, writeContainerFile } from '../../container/container-file.ts';
import type { RunningRuntime } from '../../local/runtime.ts';
import { REPOSITORY } from '../harness/child-runtime.ts';
import { call, startInProcess } from '../harness/embedded-runtime.ts';
import { type Ended, ended } from '../harness/ended.ts';
import { inherited } from '../harness/inherited.ts';
import { type InstalledPackages, installPackages, runInstalled } from '../harness/packages.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

let packages: InstalledPackages;
let running: RunningRuntime;
beforeAll(async () => {
  [packages, running] = await Promise.all([installPackages(), startInProcess()]);
});
afterAll(async () => {
  await Promise.all([packages?.close(), running?.close()]);
});

const FILES = ['advice.ts', 'licensing.ts', 'main.ts', 'package.json', 'tsconfig.json'];

/** Copies the example beside the packages, with the keys of the server. */
async function copyExample(): Promise<string> {
  const folder = join(packages.folder, 'protected-app');
  // Without what a developer who tried the example has left there.
  for (const file of FILES) await cp(join(REPOSITORY, 'examples', 'protected-app', file), join(folder, file));
  const keys = await fetch(`${running.url}/.well-known/relicense-keys`);
  await writeFile(join(folder, 'relicense-keys.json'), await keys.text());
  return folder;
}

/** Sells the program's product; returns the ticket and the license. */
async function sell(orderId: string, leaseDays?: number): Promise<{ ticket: string; license: string }> {
  await call(running, 'PUT', '/products/cad', { name: 'CAD', features: ['export'], ...(leaseDays && { leaseDays }) });
  const { body } = await call(running, 'POST', '/orders', { orderId, items: [{ product: 'cad' }] });
  const [license] = body.licenses as { id: string }[];
  return { ticket: String(body.ticket), license: String(license?.id) };
}

/** Runs the example on a container file of this folder. */
function app(
  example: string,
  folder: string,
  args: readonly string[] = [],
  { node = [], env = {} }: { readonly node?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const settings = { CAD_SERVER: running.url, CAD_LICENSES: join(folder, 'container.json'), ...env };
  return runInstalled(process.execPath, [...node, join(example, 'main.ts'), ...args], { folder, env: settings });
}

test('the protected application runs with a license, asks for a ticket without one, and stops after a withdrawal and a sync', async () => {
  const [example, folder] = [await copyExample(), temporaryFolder()];
  const unlicensed = await app(example, folder);
  expect(unlicensed).toMatchObject({ code: 1, out: '', err: expect.stringContaining('(no-license)') });
  const { ticket, license } = await sell('SO-APP');
  expect(await app(example, folder, ['activate', ticket])).toEqual({
    code: 0,
    out: 'Activated: 1. On this machine before: 0.\n',
    err: '',
  });

  const child = spawn(process.execPath, [join(example, 'main.ts')], {
    cwd: folder,
    env: { ...inherited(), CAD_SERVER: running.url, CAD_LICENSES: 'container.json', CAD_CHECK_SECONDS: '0.2' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const stopped = ended(child);
  const [line] = await new Promise<Buffer[]>((resolve) => child.stdout.once('data', (chunk) => resolve([chunk])));
  expect(String(line)).toBe('CAD runs. Licensed until further notice. Export: yes.\n');
  const withdrawn = await call(running, 'POST', `/licenses/${license}/withdrawal`, { reason: 'refund' });
  expect(withdrawn.status).toBe(202);
  expect(await stopped).toMatchObject({ code: 1, err: expect.stringContaining('(no-license)') });
});

test('the protected application stops when the lease has ended without a contact, and does not run with an edited file', async () => {
  const [example, folder] = [await copyExample(), temporaryFolder()];
  const { ticket } = await sell('SO-LEASE', 30);
  expect(await app(example, folder, ['activate', ticket])).toMatchObject({ code: 0 });

  const clock = join(folder, 'clock.mjs');
  await writeFile(clock, 'const { now } = Date;\nDate.now = () => now() + Number(process.env.DAYS) * 86_400_000;\n');
  const atDay = async (days: number) =>
    app(example, folder, [], {
      node: ['--import', clock],
      env: { DAYS: String(days), CAD_SERVER: await refusing() },
    });
  expect(await atDay(31)).toMatchObject({ code: 1, err: expect.stringContaining('(lease-ended)') });

  const path = join(folder, 'container.json');
  const original = await readFile(path);
  const state = readContainerFile(original);
  const licenses = state.content.licenses.map((one) => ({ ...one, terms: { features: ['export'] } }));
  await writeFile(path, writeContainerFile({ ...state, content: { ...state.content, licenses } }));
  expect(await app(example, folder)).toMatchObject({ code: 1, err: expect.stringContaining('(unsealed)') });

  await writeFile(path, original.toString().replace('"leaseDays": 30', '"leaseDays": 99'));
  expect(await app(example, folder)).toMatchObject({ code: 1, err: expect.stringContaining('(file-damaged)') });
  await writeFile(path, original);
  const child = app(example, folder, ['activate', ticket]);
  expect(await child).toEqual({ code: 0, out: 'Activated: 0. On this machine before: 1.\n', err: '' });
});

test('the protected application compiles as it is, against the installed package', async () => {
  const example = await copyExample();
  const compiler = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
  const types = ['--typeRoots', join(REPOSITORY, 'node_modules', '@types')];
  const compiled = await runInstalled(process.execPath, [compiler, '-p', example, ...types], { folder: example });
  expect(compiled).toEqual({ code: 0, out: '', err: '' });
});

/** A server that refuses everything at once. Returns its address. */
async function refusing(): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(403, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'about:blank', code: 'forbidden', title: 'Forbidden', status: 403 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
