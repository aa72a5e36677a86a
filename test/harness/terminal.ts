/** A program at a real pseudo-terminal, and what a person sees there. `script` of util-linux makes the terminal. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 20;
const PATIENCE_MILLISECONDS = 60_000;

/** Whether this machine can make pseudo-terminals for tests. */
export function hasTerminals(): boolean {
  const { status } = spawnSync('script', ['-qec', 'test -t 0', '/dev/null'], { stdio: ['pipe', 'ignore', 'ignore'] });
  return status === 0;
}

export interface Terminal {
  /** Waits until the person can see this text. */
  sees(text: string): Promise<void>;
  /** What the person can see now, without trailing spaces. */
  screen(): string;
  type(keys: string): void;
  /** Waits for the end of the program and returns its exit code. */
  ended(): Promise<number | null>;
}

export const CTRL_C = '\u0003';
export const ENTER = '\r';

/** Starts a program at a terminal of 80 columns. */
export function openTerminal(argv: readonly string[], env: Readonly<Record<string, string>>): Terminal {
  const command = `stty cols 80 rows 50; exec ${argv.map(quoted).join(' ')}`;
  const child: ChildProcessWithoutNullStreams = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env.PATH ?? '', SHELL: '/bin/sh', TERM: 'xterm', ...env },
  });
  let received = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  const closed = once(child, 'close');
  const screen = (): string => screenOf(received);
  return {
    screen,
    async sees(text) {
      const until = performance.now() + PATIENCE_MILLISECONDS;
      // Nothing that is seen for a moment only counts: a program may clear what it has just printed.
      for (let isSeen = false; ; ) {
        const wasSeen = isSeen;
        isSeen = screen().includes(text);
        if (wasSeen && isSeen) return;
        if (performance.now() > until || (child.exitCode !== null && !isSeen)) {
          throw new Error(`"${text}" is not on the screen:\n${screen()}\nreceived: ${JSON.stringify(received)}`);
        }
        await sleep(POLL_MILLISECONDS);
      }
    },
    type: (keys) => child.stdin.write(keys),
    ended: async () => (await closed)[0] as number | null,
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character.
const TOKEN = /\u001b\[([?\d;]*)([A-Za-z])|[\s\S]/g;

/** Plays the characters that a program sent to its terminal, as far as Node's readline uses them. */
function screenOf(received: string): string {
  const lines: string[][] = [[]];
  let row = 0;
  let column = 0;
  for (const [character, parameters = '', final] of received.matchAll(TOKEN)) {
    const count = Number(parameters) || 1;
    const line = lines[row] ?? [];
    lines[row] = line;
    if (final === 'G') column = count - 1;
    else if (final === 'C') column += count;
    else if (final === 'D') column = Math.max(0, column - count);
    else if (final === 'A') row = Math.max(0, row - count);
    else if (final === 'B') row += count;
    else if (final === 'K') line.length = Math.min(line.length, column);
    else if (final === 'J') {
      line.length = Math.min(line.length, column);
      lines.length = row + 1;
    } else if (final !== undefined) continue;
    else if (character === '\r') column = 0;
    else if (character === '\n') row += 1;
    else {
      while (line.length < column) line.push(' ');
      line[column] = character;
      column += 1;
    }
  }
  return lines.map((line) => (line ?? []).join('').trimEnd()).join('\n');
}
