/** The stack's template for tests, made once for the sources as they are: making it takes longer than most tests. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Template } from '../../cdk/read-template.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/relicense');
/** Everything that the template is made of. */
const SOURCES = ['cdk', 'functions', 'package-lock.json'];

export async function stackTemplate(): Promise<Template> {
  const path = join(CACHE, `template-${sourcesHash()}.json`);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Template;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { synthesize } = await import('../../cdk/synthesize.ts');
  const template = synthesize({ bundle: false });
  mkdirSync(dirname(path), { recursive: true });
  // Several test files may get here at once: each renames a whole file into place.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(template));
  renameSync(draft, path);
  return template;
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const files = source.includes('.') ? [source] : typescriptFiles(source);
    for (const file of files)
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(ROOT, file)))
        .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

function typescriptFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join(folder, name));
}
