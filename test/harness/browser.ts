/** Drives Debian's headless Chromium through its DevTools Protocol, and records a page's requests and errors. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

export interface Page {
  /** The addresses that the page requested, in order. */
  readonly requests: readonly string[];
  /** Exceptions, and errors logged by scripts, the network and the security policy. */
  readonly errors: readonly string[];
  /** Evaluates an expression in the page and awaits its result. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Waits until the expression is true. */
  waitFor(expression: string): Promise<void>;
  /** A PNG of the whole page. */
  screenshot(): Promise<Buffer>;
}

export interface Browser {
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const PATIENCE_MILLISECONDS = 120_000;
const POLL_MILLISECONDS = 50;

/** The path of Chromium, or `undefined`. */
function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns Chromium's path. Without Chromium it skips the test with a message, or fails it under CI=true. */
export function needChromium(context: TestContext): string {
  const path = findChromium();
  if (path !== undefined) return path;
  const message = 'DID NOT RUN: there is no Chromium on this machine (Debian: apt-get install chromium).';
  if (process.env.CI === 'true') throw new Error(message);
  console.error(`\n${context.task.name}\n${message}\n`);
  return context.skip(message);
}

export async function startBrowser(chromium: string): Promise<Browser> {
  const profile = temporaryFolder();
  const child = spawn(chromium, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const connection = await connect(await addressOf(child));
  return {
    open: (url) => openPage(connection, url),
    close: async () => {
      connection.close();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Root in a Docker container has no sandbox; the browser opens only this project's pages. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
  '--window-size=1280,900',
];

function addressOf(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk;
    const [, address] = /DevTools listening on (ws:\S+)/.exec(output) ?? [];
    if (address !== undefined) resolve(address);
  });
  child.once('error', reject);
  child.once('close', () => reject(new Error(`Chromium has ended:\n${output}`)));
  return promise;
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

interface Connection {
  call(method: string, params?: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>>;
  listen(listener: (message: Message) => void): void;
  close(): void;
}

/** The Chrome DevTools Protocol: JSON over one WebSocket; each answer has its request's id. */
async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const waiting = new Map<number, (message: Message) => void>();
  const listeners: ((message: Message) => void)[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id === undefined) for (const listener of listeners) listener(message);
    else waiting.get(message.id)?.(message);
  });
  let last = 0;
  return {
    async call(method, params = {}, sessionId) {
      last += 1;
      const id = last;
      const answer = new Promise<Message>((resolve) => waiting.set(id, resolve));
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      const { result, error } = await answer;
      waiting.delete(id);
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result ?? {};
    },
    listen: (listener) => listeners.push(listener),
    close: () => socket.close(),
  };
}

async function openPage(connection: Connection, url: string): Promise<Page> {
  const requests: string[] = [];
  const errors: string[] = [];
  const { targetId } = await connection.call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = (await connection.call('Target.attachToTarget', { targetId, flatten: true })) as {
    sessionId: string;
  };
  const call: Connection['call'] = (method, params) => connection.call(method, params, sessionId);
  connection.listen((message) => {
    if (message.sessionId !== sessionId) return;
    const { method, params } = message;
    if (method === 'Network.requestWillBeSent') requests.push((params as { request: { url: string } }).request.url);
    const error = errorOf(method, params);
    if (error !== undefined) errors.push(error);
  });
  for (const domain of ['Network', 'Runtime', 'Log', 'Page']) await call(`${domain}.enable`);
  await call('Page.navigate', { url });

  const evaluate = async <Value>(expression: string): Promise<Value> => {
    const evaluated = (await call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })) as {
      result: { value: Value };
      exceptionDetails?: object;
    };
    if (evaluated.exceptionDetails !== undefined) throw new Error(JSON.stringify(evaluated.exceptionDetails));
    return evaluated.result.value;
  };
  return {
    requests,
    errors,
    evaluate,
    async waitFor(expression) {
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      while (!(await evaluate<boolean>(`Boolean(${expression})`))) {
        if (Date.now() > deadline) throw new Error(`Not true in time: ${expression}\n${errors.join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
      }
    },
    async screenshot() {
      const { data } = await call('Page.captureScreenshot', { captureBeyondViewport: true });
      return Buffer.from(String(data), 'base64');
    },
  };
}

function errorOf(method: string | undefined, params: Message['params']): string | undefined {
  if (method === 'Runtime.exceptionThrown') return JSON.stringify(params);
  if (method === 'Runtime.consoleAPICalled' && params?.type === 'error') return JSON.stringify(params.args);
  const entry = params?.entry as { level: string; text: string; url?: string } | undefined;
  return method === 'Log.entryAdded' && entry?.level === 'error' ? `${entry.text} ${entry.url ?? ''}` : undefined;
}
