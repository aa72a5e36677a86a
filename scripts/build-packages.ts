/**
 * Builds the npm packages into `dist/`: `npm run build`. Another folder can be given as an argument.
 *
 * Each package is complete: it has no dependencies. What it needs of `jose` is bundled, with its license.
 */
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { writeDeclarations } from './package-declarations.ts';

const ROOT = join(import.meta.dirname, '..');

interface Package {
  /** The folder below `dist/`, and the sources’ folder with the README. */
  readonly folder: 'container' | 'client' | 'cli';
  readonly name: string;
  readonly description: string;
  /** The entry points of `exports`, in the sources’ folder. */
  readonly exports: Readonly<Record<string, string>>;
  /** The programs, in the sources’ folder. */
  readonly bin: Readonly<Record<string, string>>;
  /** The entry point that CommonJS can load as well. */
  readonly commonJs?: string;
}

const PACKAGES: readonly Package[] = [
  {
    folder: 'container',
    name: '@relicense/container',
    description: 'Asks what is licensed on this machine, and keeps its licenses in a license container.',
    exports: { '.': 'index', './browser': 'browser' },
    bin: { 'relicense-container': 'cli' },
    commonJs: 'index',
  },
  {
    folder: 'client',
    name: '@relicense/client',
    description: 'A typed client for the HTTP API of a Relicense server, for Node and browsers.',
    exports: { '.': 'index' },
    bin: {},
  },
  {
    folder: 'cli',
    name: 'relicense',
    description: 'The command line of a vendor with a Relicense server: sell licenses, withdraw and replace them.',
    exports: {},
    bin: { relicense: 'relicense' },
  },
];

/** The oldest Node and browsers that the packages run on. The browsers are the first ones with Ed25519. */
const TARGETS = ['node20', 'chrome137', 'firefox129', 'safari17'];
/** `AbortSignal.any` is missing in Node 20.0 to 20.2. */
const ENGINES = { node: '>=20.3' };

export interface BuiltPackage {
  readonly name: string;
  readonly folder: string;
}

/** Builds all packages. @param output the folder that gets one folder per package; those are replaced */
export async function buildPackages(output: string): Promise<BuiltPackage[]> {
  const { version, license } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  await mkdir(join(ROOT, 'dist'), { recursive: true });
  const work = await mkdtemp(join(ROOT, 'dist', '.declarations-'));
  try {
    const declarations = writeDeclarations(ROOT, work);
    const built = PACKAGES.map(async (one): Promise<BuiltPackage> => {
      const folder = join(output, one.folder);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await bundle(one, folder);
      await writeFile(join(folder, 'package.json'), toJson(manifest(one, { version, license })));
      await cp(join(ROOT, one.folder, 'README.md'), join(folder, 'README.md'));
      await cp(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
      const { copyTo } = await declarations;
      const entries = Object.values(one.exports).map((entry) => `${one.folder}/${entry}`);
      if (entries.length > 0) await copyTo(join(folder, 'types'), entries);
      if (one.commonJs !== undefined) await copyTo(join(folder, 'cjs', 'types'), [`${one.folder}/${one.commonJs}`]);
      return { name: one.name, folder };
    });
    const [, ...packages] = await Promise.all([declarations, ...built]);
    return packages;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Bundles the entry points and programs as ES modules, and the one for CommonJS. */
async function bundle(one: Package, folder: string): Promise<void> {
  const entries = [...Object.values(one.exports), ...Object.values(one.bin)];
  const options = {
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: TARGETS,
    sourcemap: 'linked',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  } satisfies BuildOptions;
  const modules = await build({
    ...options,
    entryPoints: entries.map((entry) => `${one.folder}/${entry}.ts`),
    outdir: join(folder, 'esm'),
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk-[hash]',
  });
  for (const program of Object.values(one.bin)) await chmod(join(folder, 'esm', `${program}.js`), 0o755);
  if (one.commonJs !== undefined) {
    const entryPoints = [`${one.folder}/${one.commonJs}.ts`];
    await build({ ...options, entryPoints, outdir: join(folder, 'cjs'), format: 'cjs' });
    await writeFile(join(folder, 'cjs', 'package.json'), toJson({ type: 'commonjs' }));
  }
  await writeLicenses(Object.keys(modules.metafile.inputs), folder);
}

/** Writes the licenses of the packages that a bundle contains. */
async function writeLicenses(inputs: readonly string[], folder: string): Promise<void> {
  const names = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  const texts = [...names].map(async (name) => {
    const license = await readFile(join(ROOT, 'node_modules', name, 'LICENSE.md'), 'utf8');
    const { version } = JSON.parse(await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
    return `# ${name} ${version}\n\n${license.trim()}\n`;
  });
  if (texts.length > 0) await writeFile(join(folder, 'THIRD-PARTY.md'), (await Promise.all(texts)).join('\n'));
}

function manifest({ folder, name, description, exports, bin, commonJs }: Package, shared: object): object {
  const entries = Object.entries(exports).map(([path, entry]) => {
    const modules = { types: `./types/${folder}/${entry}.d.ts`, default: `./esm/${entry}.js` };
    if (entry !== commonJs) return [path, modules];
    const required = { types: `./cjs/types/${folder}/${entry}.d.ts`, default: `./cjs/${entry}.js` };
    return [path, { import: modules, require: required }];
  });
  const programs = Object.entries(bin).map(([program, entry]) => [program, `./esm/${entry}.js`]);
  return {
    name,
    ...shared,
    description,
    type: 'module',
    engines: ENGINES,
    // Without an export a package can only be run: an empty list allows no import.
    exports: { ...Object.fromEntries(entries), './package.json': './package.json' },
    ...(commonJs === undefined ? {} : { main: `./cjs/${commonJs}.js` }),
    ...(entries.length === 0 ? {} : { types: `./types/${folder}/index.d.ts` }),
    ...(programs.length === 0 ? {} : { bin: Object.fromEntries(programs) }),
    sideEffects: false,
    publishConfig: { access: 'public' },
  };
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) {
  const output = resolve(process.argv[2] ?? join(ROOT, 'dist'));
  for (const { name, folder } of await buildPackages(output)) {
    console.log(`${name}: ${relative(process.cwd(), folder)}${sep}`);
  }
}
