/** Builds the pages in `web/`. A copy beside the packages is reused until a source file changes. */
import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hashOfSources } from './hash-of-sources.ts';

const ROOT = join(import.meta.dirname, '..');
const WEB = join(ROOT, 'web');
const VITE = join(ROOT, 'node_modules/vite/bin/vite.js');
const KEPT = join(ROOT, 'node_modules/.cache/relicense');
/** Folders and files that the pages depend on. */
const SOURCES = ['cdk/build-pages.ts', 'web', 'client', 'container', 'protocol', 'package-lock.json'];

/** Returns the folder with the built pages: `index.html` is the depot, `console.html` the console. */
export async function buildPages(): Promise<string> {
  const folder = join(KEPT, `pages-${hashOfSources(SOURCES)}`);
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
