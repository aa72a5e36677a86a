/** `docs/erp.md`: every command of the page, as it stands, against a running runtime; what the page shows is what comes out. */
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
  /** What the page shows under them; nothing, when it shows nothing. */
  readonly shown: string;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;
const MARK = '---- end of block ----';

test('every command of the page runs as it stands, and shows what the page shows', async () => {
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

/** A shell as a reader has it, in the project's folder; it stops at the first command that fails. */
function shell(script: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn('sh', ['-euc', script], { cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return ended(child);
}
