#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { endOnClosedPipe } from '../terminal/closed-pipe.ts';
import { EXIT } from '../terminal/exit.ts';
import { keepCompiled } from '../terminal/keep-compiled.ts';
import { processIo } from '../terminal/process-io.ts';
import { askAtTerminal, readStandardInput } from '../terminal/prompt.ts';
import { useProxy } from '../terminal/proxy.ts';

keepCompiled();
const { main } = await import('./main.ts');

const { env, stdin, stdout, stderr } = process;
const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort(new Error('Interrupted.'));
  // A second Ctrl-C ends the process at once: `once` has removed the handler.
});
endOnClosedPipe([stdout, stderr], () => process.exit(EXIT.done));

const unusable = await useProxy(env, (text) => stderr.write(text));
if (unusable !== undefined) {
  stderr.write(`${unusable}\n`);
  process.exit(EXIT.usage);
}

process.exitCode = await main(process.argv.slice(2), {
  ...processIo(fileURLToPath(new URL('..', import.meta.url))),
  stdin: { isTerminal: stdin.isTTY === true, read: readStandardInput, ask: askAtTerminal },
  signal: interrupted.signal,
});
