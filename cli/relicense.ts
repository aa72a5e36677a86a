#!/usr/bin/env node
import { keepCompiled } from '../terminal/keep-compiled.ts';
import { askAtTerminal, readStandardInput } from './standard-input.ts';

keepCompiled();
const { main } = await import('./main.ts');

const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort(new Error('Interrupted.'));
  // Whoever asks twice does not want to wait for a tidy end; this one has no handler any more.
});

// A reader that has seen enough, such as head, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  stdout: { isTerminal: process.stdout.isTTY === true, columns: process.stdout.columns },
  stderr: { isTerminal: process.stderr.isTTY === true },
  stdin: { isTerminal: process.stdin.isTTY === true, read: readStandardInput, ask: askAtTerminal },
  signal: interrupted.signal,
});
