import { join } from 'node:path';

interface Started {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working folder of the process. */
  readonly cwd: string;
  /** The folder of this project. */
  readonly root: string;
}

/** The npm scripts of package.json that run a command line. */
const SCRIPTS: ReadonlySet<string | undefined> = new Set(['relicense', 'container']);

/**
 * The folder that relative paths start from: the one where the person typed the command. `npm run` changes to the project’s
 * folder and keeps the person’s in INIT_CWD. A program that was started by some other script stays in its working folder.
 */
export function callerFolder({ env, cwd, root }: Started): string {
  const isOwnScript = SCRIPTS.has(env.npm_lifecycle_event) && env.npm_package_json === join(root, 'package.json');
  return isOwnScript && cwd === root && env.INIT_CWD !== undefined ? env.INIT_CWD : cwd;
}
