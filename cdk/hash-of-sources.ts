import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/**
 * A hash that changes when one of the sources does, for the name of what is built from them.
 * @param sources files, and folders with all files below them, from the project's root
 * @param isSource which files of the folders count. Default: all.
 * @returns 16 hexadecimal digits
 */
export function hashOfSources(sources: readonly string[], isSource: (name: string) => boolean = () => true): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of source.includes('.') ? [source] : filesIn(source, isSource)) {
      const content = readFileSync(join(ROOT, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function filesIn(folder: string, isSource: (name: string) => boolean): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isSource(entry.name))
    .map((entry) => join(entry.parentPath.slice(ROOT.length + 1), entry.name))
    .sort();
}
