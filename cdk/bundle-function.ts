import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { DOCS_FILES, DOCS_FOLDER } from '../contract/docs-files.ts';
import type { StackFunctionName } from './function-names.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface BundleOptions {
  /** The module that exports `handler`; `functions/<name>.lambda.ts` unless said. */
  readonly entry?: string;
  /** An emptied folder for the result; `dist/functions/<name>` unless said. */
  readonly directory?: string;
}

export interface Bundle {
  /** Absolute path of the folder that becomes the function's code: `index.mjs`, and what `public` serves as files. */
  readonly directory: string;
  readonly file: string;
  readonly bytes: number;
  /** Bytes of the bundle by npm package (`''` for the project's own sources), the largest first. */
  readonly bytesByPackage: ReadonlyMap<string, number>;
}

/** Bundles one function with all it needs, the AWS SDK included (docs/decisions/0011). Throws if a module is missing. */
export function bundleFunction(name: StackFunctionName, options: BundleOptions = {}): Bundle {
  const entry = options.entry ?? join(ROOT, 'functions', `${name}.lambda.ts`);
  const directory = options.directory ?? join(ROOT, 'dist', 'functions', name);
  const file = join(directory, 'index.mjs');
  rmSync(directory, { recursive: true, force: true });
  const { metafile } = buildSync({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The ESM build of a package can be shaken, its CommonJS build cannot.
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'cdk', 'lambda-credentials.ts') },
    // Packages that only exist as CommonJS call `require` for Node's own modules, which an ES module does not have. The
    // long name is one that minifying never gives.
    banner: {
      js: "import{createRequire as bannerCreateRequire}from'node:module';const require=bannerCreateRequire(import.meta.url);",
    },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    absWorkingDir: ROOT,
  });
  if (name === 'public') copyDocsViewer(directory);
  const output = Object.values(metafile.outputs)[0];
  if (output === undefined) throw new Error(`esbuild made no output for ${name}`);
  return { directory, file, bytes: output.bytes, bytesByPackage: byPackage(output.inputs) };
}

/** The viewer of the OpenAPI document is served by the function itself, from beside its bundle. */
function copyDocsViewer(directory: string): void {
  mkdirSync(join(directory, DOCS_FOLDER));
  for (const file of DOCS_FILES)
    copyFileSync(join(ROOT, 'node_modules', 'swagger-ui-dist', file), join(directory, DOCS_FOLDER, file));
}

function byPackage(inputs: Record<string, { bytesInOutput: number }>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? '';
    sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
  }
  return new Map([...sums].sort(([, a], [, b]) => b - a));
}
