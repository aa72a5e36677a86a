import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../local/free-port.ts';
import { REPOSITORY } from '../harness/child-runtime.ts';
import { startInProcess } from '../harness/embedded-runtime.ts';
import { type Ended, ended } from '../harness/ended.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

/** Runs `npm run demo` with PATH, HOME and these variables only. */
function runDemo(environment: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn('npm', ['run', '--silent', 'demo'], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // The child leads its own process group, so that one signal ends npm and the demo.
    detached: true,
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  return ended(child);
}

test('without a running Relicense, the demo starts its own, plays all scenes and exits with 0', async () => {
  const unusedPort = await findFreePort();
  const { code, out, err } = await runDemo({ PORT: String(unusedPort), RELICENSE_HOME: temporaryFolder() });
  expect({ code, err }, out).toEqual({ code: 0, err: '' });
  expect(out).toContain('started for this demo');
  expect(out).toContain('All 14 scenes passed.');
  expect(out, 'no colours where there is no terminal').not.toContain('\u001b[');
  expect(out, 'no check failed').not.toContain('✗');
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
