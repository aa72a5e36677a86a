import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Standard input to its end, or until it is longer than `maxBytes`. */
export async function readStandardInput(maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    // One byte too many is enough to refuse the input.
    if (length > maxBytes) break;
  }
  return Buffer.concat(chunks);
}

/** One line from the person at the terminal; empty when the input ends. Questions are not results: they go to stderr. */
export async function askAtTerminal(question: string, { hidden = false } = {}): Promise<string> {
  const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  if (hidden) process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    // Readline catches Ctrl-C, so the process would not receive it.
    lines.once('SIGINT', () => {
      process.emit('SIGINT');
      lines.close();
    });
    // Readline prints the question itself: it clears the line first, and with it whatever was written there before.
    return await Promise.race([lines.question(hidden ? '' : question), ended]);
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
}
