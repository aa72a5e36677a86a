import { callerFolder } from './caller-folder.ts';
import type { Io } from './io.ts';

/** The environment and the outputs of this process. @param root the folder of this project */
export function processIo(root: string): Io {
  const { env, stdout, stderr } = process;
  return {
    env,
    folder: callerFolder({ env, cwd: process.cwd(), root }),
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    stdout: { isTerminal: stdout.isTTY === true, columns: stdout.columns },
    stderr: { isTerminal: stderr.isTTY === true },
  };
}
