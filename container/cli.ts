#!/usr/bin/env node
import { keepCompiled } from '../terminal/keep-compiled.ts';

keepCompiled();
const { runCommandLine } = await import('./command-line.ts');

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  async input(maxBytes) {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of process.stdin) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      // One byte too many is enough to refuse the input.
      if (length > maxBytes) break;
    }
    return Buffer.concat(chunks);
  },
});
