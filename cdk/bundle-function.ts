import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { DOCS_FILES, DOCS_FOLDER } from '../contract/docs-files.ts';
import type { StackFunctionName } from './function-names.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface BundleOptions {
  /** The module that exports `handler`. Default: `functions/<name>.lambda.ts`. */
  readonly entry?: string;
  /** The folder of the result; its content is deleted first. Default: `dist/functions/<name>`. */
  readonly directory?: string;
}

export interface Bundle {
  /** Absolute path of the folder that becomes the function's code: `index.mjs`, and the files that `public` serves. */
  readonly directory: string;
  readonly file: string;
  readonly bytes: number;
  /** Bytes of the bundle by npm package (`''` for the project's own sources), the largest first. */
  readonly bytesByPackage: ReadonlyMap<string, number>;
}

/**
 * Bundles one function with all its packages, the AWS SDK included (docs/decisions/0011).
 * @throws Error if a module is missing
 */
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
    // esbuild can remove unused exports from the ESM build of a package, but not from its CommonJS build.
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'cdk', 'lambda-credentials.ts') },
    // CommonJS packages call `require` for Node's own modules, and an ES module has no `require`. The minifier never
    // generates such a long name.
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
  if (output === undefined) throw new Error(`Bug: esbuild wrote no output for ${name}`);
  return { directory, file, bytes: output.bytes, bytesByPackage: byPackage(output.inputs) };
}

/** The public function serves the viewer of the OpenAPI document from files beside its bundle. */
function copyDocsViewer(directory: string): void {
  mkdirSync(join(directory, DOCS_FOLDER));
  for (const file of DOCS_FILES) {
    copyFileSync(join(ROOT, 'node_modules', 'swagger-ui-dist', file), join(directory, DOCS_FOLDER, file));
  }
}

function byPackage(inputs: Record<string, { bytesInOutput: number }>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? '';
    sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
  }
  return new Map([...sums].sort(([, a], [, b]) => b - a));
}
