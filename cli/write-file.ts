import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatSystemError } from '../terminal/system-error.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { Io } from './io.ts';

/** Writes a JSON file. An existing file is replaced atomically. @throws UsageError */
export async function writeJson({ folder }: Io, path: string, value: unknown): Promise<void> {
  const target = resolve(folder, path);
  const draft = `${target}.part`;
  try {
    await writeFile(draft, `${JSON.stringify(value)}\n`);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw new UsageError(`${formatSystemError(error as Error, path)}.`, { cause: error });
  }
}
