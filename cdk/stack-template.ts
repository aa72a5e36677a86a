import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashOfSources } from './hash-of-sources.ts';
import type { Template } from './read-template.ts';

const ROOT = join(import.meta.dirname, '..');
const KEPT = join(ROOT, 'node_modules/.cache/relicense');
/** Folders and files that the template depends on. */
const SOURCES = ['cdk', 'cdk.json', 'contract', 'domain', 'protocol', 'package-lock.json'];

/**
 * The stack's template without the functions' code, for the embedded runtime. A copy beside the packages is reused until a
 * source file changes, because synthesis takes most of the time of a start.
 */
export async function stackTemplate(): Promise<Template> {
  const path = join(KEPT, `template-${hashOfSources(SOURCES, (name) => name.endsWith('.ts'))}.json`);
  const kept = readKept(path);
  if (kept !== undefined) return kept;
  // Imported only here, because the construct library takes long to load.
  const { synthesize } = await import('./synthesize.ts');
  const template = synthesize({ bundle: false });
  keep(path, template);
  return template;
}

function readKept(path: string): Template | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Template;
  } catch {
    // The file does not exist or is incomplete: `stackTemplate` writes it again.
    return undefined;
  }
}

function keep(path: string, template: Template): void {
  // Several processes may write at once, so each renames a complete file into place.
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, JSON.stringify(template));
    renameSync(draft, path);
  } catch {
    // This user may not write to `node_modules`: the next start synthesizes again.
  }
}
