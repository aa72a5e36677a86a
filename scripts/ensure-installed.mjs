/** Installs the packages that are missing, before an npm script runs. */
import { ensureInstalled } from './installed-packages.mjs';

await ensureInstalled();
