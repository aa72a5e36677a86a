#!/usr/bin/env node
import { keepCompiled } from '../terminal/keep-compiled.ts';
import { askAtTerminal, readStandardInput } from './standard-input.ts';

keepCompiled();
const { main } = await import('./main.ts');

const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort(new Error('Interrupted.'));
  // A second Ctrl-C ends the process at once: `once` has removed the handler.
});

// A reader such as `head` may close the pipe early.
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
