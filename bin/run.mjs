/**
 * Starts a command line on the project's own Node, after installing the packages that are missing.
 *
 * Runs on the machine's Node, 20 or later, before there is any package: plain JavaScript, Node's modules only.
 */
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import * as modules from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, isInstalled, PROJECT_NODE, ROOT } from '../scripts/installed-packages.mjs';

/** The exit code of shells for a program that a signal has ended. */
const SIGNAL_BASE = 128;

/**
 * Node keeps here what it compiles, as for the npm scripts (`scripts/with-packages.sh`). It must be on before the first source is
 * loaded: otherwise Node loads its TypeScript compiler, which takes longer than the whole program.
 */
const COMPILED = process.env.NODE_COMPILE_CACHE ?? join(ROOT, 'node_modules', '.cache', 'node');

/** @param entry the program's file, from the project's folder */
export async function run(entry) {
  if (!isInstalled() && !(await ensureInstalled())) return;
  const program = join(ROOT, entry);
  // npx puts the project's Node first on the PATH: then this process is it already.
  if (realpathSync(process.execPath) === realpathSync(PROJECT_NODE)) {
    modules.enableCompileCache(COMPILED);
    await import(pathToFileURL(program).href);
    return;
  }
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED };
  const child = spawn(PROJECT_NODE, [program, ...process.argv.slice(2)], { env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child as well, which decides what it means. Other signals reach this process only.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Node cannot be started from ${PROJECT_NODE}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? SIGNAL_BASE + constants.signals[signal];
  });
}
