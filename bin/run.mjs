/**
 * Starts a command line on the project's own Node, after installing the packages that are missing.
 *
 * Runs on the machine's Node, 20 or later, before there is any package: plain JavaScript, Node's modules only.
 */
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, isInstalled, PROJECT_NODE, ROOT } from '../scripts/installed-packages.mjs';

/** The exit code of shells for a program that a signal has ended. */
const SIGNAL_BASE = 128;

/** @param entry the program's file, from the project's folder */
export async function run(entry) {
  if (!isInstalled() && !(await ensureInstalled())) return;
  const program = join(ROOT, entry);
  // npx puts the project's Node first on the PATH: then this process is it already.
  if (realpathSync(process.execPath) === realpathSync(PROJECT_NODE)) {
    await import(pathToFileURL(program).href);
    return;
  }
  const child = spawn(PROJECT_NODE, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
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
