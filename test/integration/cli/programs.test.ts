/** The programs as the shell starts them: their bins, pipes and proxies. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Container } from '../../../container/index.ts';
import { EXIT } from '../../../terminal/exit.ts';
import { REPOSITORY } from '../../harness/child-runtime.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { openWorld, type World } from '../../harness/world.ts';

const run = promisify(execFile);
const MODULES = join(REPOSITORY, 'node_modules');
/** The PATH of the person: without the packages of this project, so `node` is the machine's own. */
const MACHINE_PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);
const NAMES = ['relicense', 'relicense-container'] as const;
const { bin, version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
  bin: Record<(typeof NAMES)[number], string>;
  version: string;
};
const ENTRIES = { relicense: 'cli/relicense.ts', 'relicense-container': 'container/cli.ts' } as const;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

describe.each(NAMES)('%s, as package.json installs it', (name) => {
  test('runs by a link in another folder, on the machine’s own Node and on the project’s', async () => {
    const link = join(temporaryFolder(), name);
    symlinkSync(join(REPOSITORY, bin[name]), link);
    for (const PATH of [MACHINE_PATH, `${join(MODULES, '.bin')}${delimiter}${MACHINE_PATH}`]) {
      const { stdout, stderr } = await run(link, ['--version'], { env: { PATH }, cwd: temporaryFolder() });
      expect({ stdout, stderr }).toEqual({ stdout: `${version}\n`, stderr: '' });
    }
  });

  test('compiles none of its sources when it starts for the second time', async () => {
    for (const PATH of [MACHINE_PATH, `${join(MODULES, '.bin')}${delimiter}${MACHINE_PATH}`]) {
      const env = { PATH, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
      await run(join(REPOSITORY, bin[name]), ['--version'], { env });
      const { stderr } = await run(join(REPOSITORY, bin[name]), ['--version'], { env });
      // The entry is the first source that is loaded.
      expect(stderr).toContain(
        `retrieving transpile cache for StrippedTypeScript file://${REPOSITORY}/${ENTRIES[name]}`,
      );
    }
  });

  test('passes on arguments, exit code and relative paths', async () => {
    const folder = temporaryFolder();
    const child = run(join(REPOSITORY, bin[name]), ['--frobnicate'], { env: { PATH: MACHINE_PATH }, cwd: folder });
    await expect(child).rejects.toMatchObject({ code: EXIT.usage });
  });
});

test.each([
  ['relicense', ['orders', 'create', 'here.json']],
  ['container', ['verify', '--file', 'here.json']],
] as const)('npm run %s, called in another folder, reads the file of that folder', async (script, argv) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'here.json'), 'not JSON');
  const entry = script === 'container' ? ENTRIES['relicense-container'] : ENTRIES.relicense;
  // What npm gives to a script: it changes to the folder of package.json, and keeps the person’s in INIT_CWD.
  const env = {
    PATH: MACHINE_PATH,
    INIT_CWD: folder,
    npm_lifecycle_event: script,
    npm_package_json: join(REPOSITORY, 'package.json'),
    RELICENSE_SERVER: 'http://127.0.0.1:9',
    RELICENSE_TOKEN: 'x',
  };
  const child = run(process.execPath, [join(REPOSITORY, entry), ...argv], { env, cwd: REPOSITORY });
  const { code, stdout, stderr } = await child.catch((error) => error);
  expect(code).not.toBe(0);
  expect(`${stdout}${stderr}`).toContain('JSON');
  expect(`${stdout}${stderr}`).not.toMatch(/no such file|no container/);
});

describe.each([
  ['relicense', ['--help']],
  ['relicense-container', ['--help']],
] as const)('%s, when the reader of its output closes the pipe', (name, argv) => {
  test('ends without a message', async () => {
    const child = spawn(process.execPath, [join(REPOSITORY, ENTRIES[name]), ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    expect({ code, err }).toEqual({ code: EXIT.done, err: '' });
  });
});

test('both programs reach the server through the proxy of the environment, except for hosts in NO_PROXY', async () => {
  const server = new URL(world.running.url);
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const target = connect(Number(server.port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const env = {
    PATH: process.env.PATH ?? '',
    HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    RELICENSE_SERVER: 'http://licenses.example.test',
    RELICENSE_TOKEN: world.running.token,
  };
  const folder = temporaryFolder();
  const program = (entry: string, argv: readonly string[], more: object = {}) =>
    run(process.execPath, [join(REPOSITORY, entry), ...argv], { env: { ...env, ...more }, cwd: folder });
  try {
    await program(ENTRIES.relicense, ['products', 'list', '--json']);
    await program(ENTRIES['relicense-container'], ['init', '--server', 'http://licenses.example.test', '--allow-http']);
    expect(tunnels).toEqual(['licenses.example.test:80', 'licenses.example.test:80']);
    // The container was created in the folder where the person stands.
    expect((await Container.open(join(folder, 'container.json'))).server).toBe('http://licenses.example.test');
    // A server on this machine is reached directly, and so is a host in NO_PROXY.
    await program(ENTRIES.relicense, ['products', 'list'], { RELICENSE_SERVER: world.running.url });
    const direct = program(ENTRIES['relicense-container'], ['sync', '--timeout', '1'], {
      NO_PROXY: 'licenses.example.test',
    });
    await expect(direct).rejects.toMatchObject({ code: EXIT.unreachable });
    expect(tunnels).toHaveLength(2);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
