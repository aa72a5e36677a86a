/** Builds the pages in `web/`. A copy beside the packages is reused until a source file changes. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const WEB = join(ROOT, 'web');
const VITE = join(ROOT, 'node_modules/vite/bin/vite.js');
const KEPT = join(ROOT, 'node_modules/.cache/relicense');
/** Folders and files that the pages depend on. */
const SOURCES = ['cdk/build-pages.ts', 'web', 'client', 'container', 'protocol', 'package-lock.json'];

/** Returns the folder with the built pages: `index.html` is the depot, `console.html` the console. */
export async function buildPages(): Promise<string> {
  const folder = join(KEPT, `pages-${hashOfSources()}`);
  if (existsSync(folder)) return folder;
  // Several processes may build at once, so each moves a complete folder into place.
  const draft = `${folder}.${process.pid}`;
  // A process of its own: Vite reads and sets NODE_ENV, and takes memory that a server does not need afterwards.
  await promisify(execFile)(
    process.execPath,
    [VITE, 'build', '--outDir', draft, '--emptyOutDir', '--logLevel', 'error'],
    {
      cwd: WEB,
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of source.includes('.') ? [source] : filesIn(source)) {
      const content = readFileSync(join(ROOT, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath.slice(ROOT.length + 1), entry.name))
    .sort();
}
