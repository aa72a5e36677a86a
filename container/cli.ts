#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { endOnClosedPipe } from '../terminal/closed-pipe.ts';
import { EXIT } from '../terminal/exit.ts';
import { keepCompiled } from '../terminal/keep-compiled.ts';
import { processIo } from '../terminal/process-io.ts';
import { readStandardInput } from '../terminal/prompt.ts';
import { useProxy } from '../terminal/proxy.ts';

keepCompiled();
const { runCommandLine } = await import('./command-line.ts');

const { env, stdout, stderr } = process;
endOnClosedPipe([stdout, stderr], () => process.exit(EXIT.done));

const unusable = await useProxy(env, (text) => stderr.write(text));
if (unusable !== undefined) {
  stderr.write(`${unusable}\n`);
  process.exit(EXIT.usage);
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  ...processIo(fileURLToPath(new URL('..', import.meta.url))),
  input: readStandardInput,
});
