import { resolve } from 'node:path';
import { callerFolder } from './caller-folder.ts';
import type { Io } from './io.ts';

/** The environment and the outputs of this process. @param root the folder of this project */
export function processIo(root: string): Io {
  const { env, stdout, stderr } = process;
  return {
    env,
    // A folder that is made of a URL ends with a slash, and the working folder does not.
    folder: callerFolder({ env, cwd: process.cwd(), root: resolve(root) }),
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    stdout: { isTerminal: stdout.isTTY === true, columns: stdout.columns },
    stderr: { isTerminal: stderr.isTTY === true },
  };
}
