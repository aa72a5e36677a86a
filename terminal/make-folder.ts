import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a folder and its parents. Node's own `recursive` never ends where a folder exists but none can be created in it and
 * the system says ENOENT, as below `/proc`.
 * @throws Error of the system
 */
export function makeFolder(path: string, mode: number): void {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder) && folder !== dirname(folder); folder = dirname(folder)) {
    missing.push(folder);
  }
  for (const folder of missing.reverse()) makeOne(folder, mode);
  // A file of this name: the system refuses it.
  if (!statSync(path).isDirectory()) mkdirSync(path);
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process created it in between.
    if (!existsSync(folder)) throw error;
  }
}
