/** The question of `npm start -- --reset`, at a pseudo-terminal: what a person can read there, and what the answer does. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { REPOSITORY } from '../../harness/child-runtime.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') === true;
if (!hasScript) {
  const message = 'The question of --reset is not tested: the program "script" of util-linux is missing.';
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(message);
}

/** Starts with `--reset` on a home with state, answers the question, and waits for the end. */
async function answer(keys: string): Promise<{ code: number | null; shown: string; kept: boolean }> {
  const home = temporaryFolder();
  const key = join(home, 'signing-keys.json');
  writeFileSync(key, 'not a key');
  const command = `exec "${process.execPath}" local/main.ts --reset`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TERM: 'xterm', PORT: '0', RELICENSE_HOME: home },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const wasAsked = shown.includes('[y/N]');
    const wasReady = shown.includes('End it:');
    shown += chunk;
    if (!wasAsked && shown.includes('[y/N]')) child.stdin.write(keys);
    // The runtime has started after the reset: that is all this test wants.
    if (!wasReady && shown.includes('End it:')) child.stdin.write('\u0003');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, shown, kept: existsSync(key) };
}

/** What is left on the screen: `ESC [ J` erases everything behind the cursor. */
function screenOf(shown: string): string {
  const ESCAPE = '\u001b';
  let screen = '';
  let cursor = 0;
  for (const [token] of shown.matchAll(new RegExp(`${ESCAPE}\\[\\d*[A-Za-z]|[\\s\\S]`, 'g'))) {
    if (token === '\r' || token.endsWith('G'))
      cursor = screen.lastIndexOf('\n') + 1 + Math.max(0, Number(/\d+/.exec(token)?.[0] ?? 1) - 1);
    else if (token.startsWith(ESCAPE))
      screen = token.endsWith('J') || token.endsWith('K') ? screen.slice(0, cursor) : screen;
    else {
      screen = screen.slice(0, cursor) + token + screen.slice(cursor + 1);
      cursor += 1;
    }
  }
  return screen;
}

test.runIf(hasScript).each([
  ['n and Enter', 'n\r'],
  ['Ctrl-C', '\u0003'],
])('%s deletes nothing, after the whole question could be read', async (_, keys) => {
  const { code, shown, kept } = await answer(keys);
  expect(screenOf(shown)).toMatch(/signing key is deleted too[\s\S]*Delete it\? \[y\/N\]/);
  expect(shown).toContain('Nothing was deleted.');
  expect({ code, kept }).toEqual({ code: 1, kept: true });
});

test.runIf(hasScript)('y and Enter delete the state and start the runtime', async () => {
  const { code, shown } = await answer('y\r');
  expect(shown).toMatch(/Cleared .*signing-keys\.json/);
  expect(shown).toContain('Relicense is ready at');
  expect(code).toBe(0);
});
