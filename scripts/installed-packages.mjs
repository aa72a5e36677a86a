/**
 * Installs the packages of `package-lock.json` where `node_modules` does not hold them, so that `npm start`, `npm test` and
 * `npx relicense` work in a fresh clone. Prints nothing and costs milliseconds when there is nothing to do.
 *
 * Runs on the machine's own Node, 20 or later, before there is any package: plain JavaScript, Node's modules only.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, lstatSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'node_modules');
/** The project's own Node. */
export const PROJECT_NODE = join(MODULES, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
/** Written when `npm ci` has ended: an optional package that is still missing then cannot be installed here. */
const STAMP = join(MODULES, '.installed-from');
/** Outside `node_modules`, which `npm ci` empties. */
const LOCK = join(tmpdir(), `relicense-install-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}.lock`);
const LOCK_POLL_MILLISECONDS = 250;
/** Longer than any installation takes: by then the process of that id is another one. */
const LOCK_MAX_AGE_MILLISECONDS = 15 * 60 * 1000;
const OLDEST_NODE = 20;

const say = (text) => process.stderr.write(`${text}\n`);

const readText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const readPackages = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
};

/** npm's rule for `os`, `cpu` and `libc`: listed, or not listed with a `!` in front; no list fits everything. */
const fits = (list, value) => {
  if (list === undefined || list.length === 0) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((entry) => entry.startsWith('!'));
};

let knownLibc;
const libc = () => {
  // The report would look up host names otherwise, which takes seconds on a machine without network.
  process.report.excludeNetwork = true;
  knownLibc ??= process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return knownLibc;
};

/**
 * Whether npm installs an optional package here. One that names no platform comes with one that does (the WebAssembly builds),
 * so its absence says nothing.
 */
const isWanted = ({ os, cpu, libc: libcs }) =>
  (os !== undefined || cpu !== undefined) &&
  fits(os, process.platform) &&
  fits(cpu, process.arch) &&
  (libcs === undefined || process.platform !== 'linux' || fits(libcs, libc()));

/** The stamp's content: what was installed from, and for which machine. */
const installedFrom = () =>
  `${createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')} ${process.platform} ${process.arch}\n`;

const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The package folders of `package-lock.json` that `node_modules` lacks or holds in another version. */
const missingPackages = () => {
  const locked = readPackages(join(ROOT, 'package-lock.json'));
  const installed = readPackages(join(MODULES, '.package-lock.json'));
  const optionalSettled = readText(STAMP) === installedFrom();
  const missing = [];
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '' || entry.link) continue;
    // npm writes its own list at the end of an installation, so that an interrupted one is not in it; the file system knows
    // what was deleted since.
    if (installed[path]?.version === entry.version && isFile(join(ROOT, path, 'package.json'))) continue;
    if (entry.optional && (optionalSettled || !isWanted(entry))) continue;
    missing.push(path);
  }
  // The package `node` fetches its program in an install script, so that the package may be there and the program not.
  if (missing.length === 0 && !isExecutable(PROJECT_NODE)) missing.push('node_modules/node/bin/node');
  return missing;
};

const isRunning = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Two scripts that are started at once in a fresh clone must not both empty `node_modules`. */
const acquireLock = async () => {
  let announced = false;
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readText(LOCK));
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if ((holder > 0 && !isRunning(holder)) || Date.now() - since > LOCK_MAX_AGE_MILLISECONDS) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!announced) say(`Waiting for the installation that process ${holder} is running (${LOCK}).`);
    announced = true;
    await sleep(LOCK_POLL_MILLISECONDS);
  }
};

/** Runs `npm ci` with the npm that runs this script, its output on stderr; the exit code. */
const installPackages = () => {
  // Spelled out, because NODE_ENV=production or a setting of the user's would leave out Node itself.
  const options = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  // Under npx this names npx's own script.
  const [program, args] = npm?.endsWith('npm-cli.js') ? [process.execPath, [npm, ...options]] : ['npm', options];
  const { status, signal, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && program === 'npm',
  });
  if (error !== undefined) say(`npm cannot be started: ${error.message}`);
  if (signal) say(`npm was ended by ${signal}.`);
  return status ?? 1;
};

const fail = (text) => {
  say(text);
  process.exitCode = 1;
};

const install = async () => {
  await acquireLock();
  try {
    const missing = missingPackages();
    if (missing.length === 0) return;
    // `npm ci` would empty the folder that it leads to, which is another project's.
    if (lstatSync(MODULES, { throwIfNoEntry: false })?.isSymbolicLink()) {
      fail(`${MODULES} is a link to another folder, whose packages do not match. Remove the link, then try again.`);
      return;
    }
    const names = missing.map((path) => path.replace(/^.*node_modules\//, ''));
    say(
      names.length > 3
        ? `Installing ${names.length} packages from package-lock.json; this takes half a minute or so.`
        : `Installing from package-lock.json again, because of ${names.join(', ')}.`,
    );
    const exitCode = installPackages();
    if (exitCode !== 0) {
      fail(
        `The packages could not be installed: npm ci ended with code ${exitCode}. Check the network connection. If npm reports another cause above, fix that cause. Then try again.`,
      );
      return;
    }
    writeFileSync(STAMP, installedFrom());
    const still = missingPackages();
    if (still.includes('node_modules/node/bin/node')) {
      fail(
        'Node 24 is missing in node_modules: the install script of the package "node" was not allowed to run or could not ' +
          'download it. Unset ignore-scripts (npm config get ignore-scripts) or check the network, then try again.',
      );
    } else if (still.length > 0) {
      fail(`npm ci has not installed ${still.join(', ')}.`);
    }
  } finally {
    rmSync(LOCK, { force: true });
  }
};

/**
 * Whether a whole installation from this `package-lock.json` came to its end. It does not look at each package, so that a
 * short command starts at once.
 */
export const isInstalled = () => isExecutable(PROJECT_NODE) && readText(STAMP) === installedFrom();

/** Installs what is missing, and returns whether everything is there. Otherwise it has printed why. */
export const ensureInstalled = async () => {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) fail(`Node ${OLDEST_NODE} or later is needed to install; this is ${process.version}.`);
  else if (missingPackages().length > 0) await install();
  return process.exitCode === undefined;
};
