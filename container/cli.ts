#!/usr/bin/env node
import { join } from 'node:path';
import { callerFolder } from '../terminal/caller-folder.ts';
import { endOnClosedPipe } from '../terminal/closed-pipe.ts';
import { EXIT } from '../terminal/exit.ts';
import { keepCompiled } from '../terminal/keep-compiled.ts';
import { readStandardInput } from '../terminal/prompt.ts';
import { useProxy } from '../terminal/proxy.ts';

keepCompiled();
const { runCommandLine } = await import('./command-line.ts');

const { env, stdout, stderr } = process;
endOnClosedPipe([stdout, stderr], () => process.exit(EXIT.done));

const unusable = await useProxy(env);
if (unusable !== undefined) {
  stderr.write(`${unusable}\n`);
  process.exit(EXIT.usage);
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env,
  folder: callerFolder({ env, cwd: process.cwd(), root: join(import.meta.dirname, '..') }),
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
  stdout: { isTerminal: stdout.isTTY === true, columns: stdout.columns },
  stderr: { isTerminal: stderr.isTTY === true },
  input: readStandardInput,
});
