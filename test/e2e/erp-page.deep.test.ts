/** Runs each command of `docs/erp.md` against a running runtime, and compares the output with the page. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { REPOSITORY } from '../harness/child-runtime.ts';
import { startChild } from '../harness/embedded-runtime.ts';
import { type Ended, ended } from '../harness/ended.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

interface Block {
  readonly commands: string;
  /** The output that the page shows below the commands; empty if it shows none. */
  readonly shown: string;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;
const MARK = '---- end of block ----';

test('each command of docs/erp.md runs unchanged and prints what the page shows', async () => {
  const blocks = blocksOf(readFileSync(join(REPOSITORY, 'docs/erp.md'), 'utf8'));
  expect(blocks.length).toBeGreaterThan(5);
  const folder = temporaryFolder();
  const home = join(folder, 'home');
  const running = await startChild(home);

  const script = blocks.map(({ commands }) => `${commands}\necho '${MARK}'\n`).join('');
  const { code, out, err } = await shell(script, {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    PORT: new URL(running.url).port,
    RELICENSE_HOME: home,
    RELICENSE_CONTAINER: join(folder, 'container.json'),
  });

  const outputs = out.split(`${MARK}\n`);
  expect(outputs.slice(0, blocks.length), `${out}\n${err}`).toEqual(blocks.map(({ shown }) => shown));
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

function blocksOf(page: string): Block[] {
  const blocks: { commands: string; shown: string }[] = [];
  for (const [, kind = '', content = ''] of page.matchAll(FENCE)) {
    const last = blocks.at(-1);
    if (kind === 'sh') blocks.push({ commands: content, shown: '' });
    else if (kind === 'text' && last !== undefined) last.shown = content;
  }
  return blocks;
}

/** Runs the script in a shell in the project's folder. It stops at the first command that fails. */
function shell(script: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn('sh', ['-euc', script], { cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return ended(child);
}
