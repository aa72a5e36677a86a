import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { widthOf } from '../../terminal/measure.ts';
import { REPOSITORY } from '../harness/child-runtime.ts';
import { startChild, startInProcess } from '../harness/embedded-runtime.ts';
import { type Ended, ended } from '../harness/ended.ts';
import { findFreePort } from '../harness/free-port.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

/** Runs `npm run demo` with PATH, HOME and these variables only. */
function runDemo(environment: Readonly<Record<string, string>>): Promise<Ended> {
  return ended(startDemo(environment));
}

function startDemo(environment: Readonly<Record<string, string>>): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn('npm', ['run', '--silent', 'demo'], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // The child leads its own process group, so that one signal ends npm and the demo.
    detached: true,
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      process.kill(-child.pid, 'SIGKILL');
  });
  return child;
}

test('without a running Relicense, the demo starts its own, plays all scenes and exits with 0', async () => {
  const unusedPort = await findFreePort();
  const { code, out, err } = await runDemo({ PORT: String(unusedPort), RELICENSE_HOME: temporaryFolder() });
  expect({ code, err }, out).toEqual({ code: 0, err: '' });
  expect(out).toContain('started for this demo');
  expect(out).toContain('All 14 scenes passed.');
  expect(out, 'no colours where there is no terminal').not.toContain('\u001b[');
  expect(out, 'no check failed').not.toContain('✗');
  const wide = out.split('\n').filter((line) => widthOf(line) > 80);
  expect(wide, 'lines of at most 80 columns where there is no terminal').toEqual([]);
});

/** Files in the temporary folder, and processes that have it in their environment, after the demo has ended this way. */
async function leftAfter(
  end: (child: ChildProcess) => void,
): Promise<{ ended: Ended; files: string[]; processes: string[] }> {
  const folder = temporaryFolder();
  const child = startDemo({ PORT: String(await findFreePort()), RELICENSE_HOME: join(folder, 'none'), TMPDIR: folder });
  end(child);
  const result = await ended(child);
  const processes = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`TMPDIR=${folder}`),
  );
  // npm keeps its own compile cache there.
  return { ended: result, files: readdirSync(folder).filter((name) => name.startsWith('relicense')), processes };
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    // It has ended, or belongs to another user.
    return '';
  }
}

test('a reader that closes the pipe ends the demo, its runtime and its files, without a word', async () => {
  const {
    ended: result,
    files,
    processes,
  } = await leftAfter((child) => {
    child.stdout?.once('data', () => child.stdout?.destroy());
  });
  expect({ ...result, out: '' }).toEqual({ code: 0, out: '', err: '' });
  expect({ files, processes }).toEqual({ files: [], processes: [] });
});

test.each([
  ['before its first line', 400],
  ['while its runtime starts, or soon after', 1_500],
])('Ctrl-C %s ends the demo, its runtime and its files, without a stack trace', async (_, milliseconds) => {
  const {
    ended: result,
    files,
    processes,
  } = await leftAfter((child) => {
    // A terminal sends it to the whole group.
    setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGINT'), milliseconds);
  });
  expect(result.err).toBe('');
  expect({ files, processes }).toEqual({ files: [], processes: [] });
});

test('the demo finds a runtime by its home, on whatever port it listens', async () => {
  const home = temporaryFolder();
  const running = await startChild(home);
  const { code, out } = await runDemo({ RELICENSE_HOME: home });
  expect(code, out).toBe(0);
  expect(out).toContain(`${running.url} (was already running)`);
});

test('the demo against a server that answers a withdrawal wrongly names the failed scene and exits with 1', async () => {
  const running = await startInProcess();
  onTestFinished(() => running.close());
  // The proxy answers an immediate withdrawal with 202, as if it were pending.
  const url = await proxyTo(running.url, (request, status) => (request.url?.endsWith('/withdrawal') ? 202 : status));
  const { code, out } = await runDemo({ RELICENSE_URL: url, RELICENSE_TOKEN: running.token });
  expect(code, out).toBe(1);
  expect(out).toContain('Failed scene: Withdraw a license that nobody has activated.');
});

test('the demo without a Relicense at RELICENSE_URL says so and exits with 2', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const { code, err } = await runDemo({ RELICENSE_URL: url, RELICENSE_HOME: temporaryFolder() });
  expect({ code, err }).toEqual({
    code: 2,
    err: `No Relicense answers at ${url}. Start one with npm start, or unset RELICENSE_URL: the demo then starts its own.\n`,
  });
});

/** Starts a server that forwards each request to `target` and answers with the status that `statusOf` returns. */
async function proxyTo(
  target: string,
  statusOf: (request: IncomingMessage, status: number) => number,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization = '', prefer = '', 'content-type': type = 'application/json' } = request.headers;
    const answer = await fetch(`${target}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: { authorization, prefer: String(prefer), 'content-type': type },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(statusOf(request, answer.status), { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
