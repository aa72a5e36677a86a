import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../local/free-port.ts';
import { REPOSITORY } from '../harness/child-runtime.ts';
import { startInProcess } from '../harness/embedded-runtime.ts';
import { type Ended, ended } from '../harness/ended.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

/** `npm run demo` as a person starts it, with just these variables. */
function runDemo(environment: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn('npm', ['run', '--silent', 'demo'], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm hands signals on to its whole group.
    detached: true,
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  return ended(child);
}

test('the demo starts its own runtime, plays the whole source text and ends 0', async () => {
  const nobodyThere = await findFreePort();
  const { code, out, err } = await runDemo({ PORT: String(nobodyThere), RELICENSE_HOME: temporaryFolder() });
  expect({ code, err }, out).toEqual({ code: 0, err: '' });
  expect(out).toContain('started for this demo');
  expect(out).toContain('All 14 scenes came out as the source says.');
  expect(out, 'no colours where there is no terminal').not.toContain('\u001b[');
  expect(out, 'no check failed').not.toContain('✗');
});

test('the demo ends 1 and says which scene, when the vendor does not do what the source says', async () => {
  const running = await startInProcess();
  onTestFinished(() => running.close());
  // A withdrawal that should be done at once is answered as if it were pending.
  const url = await proxyTo(running.url, (request, status) => (request.url?.endsWith('/withdrawal') ? 202 : status));
  const { code, out } = await runDemo({ RELICENSE_URL: url, RELICENSE_TOKEN: running.token });
  expect(code, out).toBe(1);
  expect(out).toContain('This did not come out as the source says: Withdraw a license that nobody has activated.');
});

test('the demo ends 2 when the runtime that it was sent to is not there', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const { code, err } = await runDemo({ RELICENSE_URL: url, RELICENSE_HOME: temporaryFolder() });
  expect({ code, err }).toEqual({
    code: 2,
    err: `No Relicense answers at ${url}. Start it with npm start, or leave RELICENSE_URL away: the demo starts its own.\n`,
  });
});

/** A server that hands everything on, and tells another status where it is asked to. */
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
