import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { makeFolder } from '../terminal/make-folder.ts';

/** What `relicense login` saves. */
export interface ConfigFile {
  readonly server: string;
  readonly token: string;
}

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const OTHERS = 0o077;

/** `$XDG_CONFIG_HOME/relicense/config.json`, or below `~/.config`; `undefined` without a home. */
export function configPath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_CONFIG_HOME: base, HOME: home } = env;
  // The XDG Base Directory Specification 0.8 says to ignore a relative path.
  if (base !== undefined && isAbsolute(base)) return join(base, 'relicense', 'config.json');
  return home === undefined || home === '' ? undefined : join(home, '.config', 'relicense', 'config.json');
}

/** Returns the saved settings; `undefined` when there is no readable file. Warns when other users can read it. */
export async function readConfig(path: string, warn: (text: string) => void): Promise<ConfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    if (((await stat(path)).mode & OTHERS) !== 0)
      warn(`Warning: others can read ${path}. To fix it: chmod 600 ${path}\n`);
  } catch (error) {
    if (!isMissing(error)) warn(`Warning: ${path} cannot be read: ${(error as Error).message}\n`);
    return undefined;
  }
  const config = parseConfig(text);
  if (config === undefined) warn(`Warning: ${path} is damaged. To replace it: relicense login\n`);
  return config;
}

function parseConfig(text: string): ConfigFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { server, token } = value as Readonly<Record<string, unknown>>;
  return typeof server === 'string' && typeof token === 'string' ? { server, token } : undefined;
}

/** Replaces the file atomically; only its owner can read it. */
export async function writeConfig(path: string, config: ConfigFile): Promise<void> {
  const folder = dirname(path);
  makeFolder(folder, PRIVATE_FOLDER);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', PRIVATE_FILE);
    try {
      await file.writeFile(`${JSON.stringify(config, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(draft, PRIVATE_FILE);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Returns `false` when there was no file. */
export async function deleteConfig(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
