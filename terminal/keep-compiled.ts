import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Turns on Node's compile cache for the modules that are imported from now on. Without it a short command spends most of its
 * time on compiling. A clone has the cache in `node_modules/.cache`. An installed package has no `node_modules` and must stay
 * as it was installed, so Node chooses a temporary folder. If the folder is not writable, Node compiles without a cache, as
 * Node 20 does.
 */
export function keepCompiled(): void {
  const { enableCompileCache }: Partial<typeof modules> = modules;
  const packages = fileURLToPath(new URL('../node_modules', import.meta.url));
  enableCompileCache?.(existsSync(packages) ? join(packages, '.cache', 'node') : undefined);
}
