/** The npm packages on every version of Node, in every kind of TypeScript project, and bundled. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as viteBuild } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningRuntime } from '../../local/runtime.ts';
import { REPOSITORY } from '../harness/child-runtime.ts';
import { startInProcess } from '../harness/embedded-runtime.ts';
import {
  type InstalledPackages,
  installOtherVersions,
  installPackages,
  NODE_MAJORS,
  needVersions,
  type OtherVersions,
  runInstalled,
} from '../harness/packages.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { ES_ONLY, PROGRAM } from '../harness/typed-programs.ts';
import { usePackages } from '../harness/use-packages.ts';

const NODE_TYPES = { types: ['node'], typeRoots: [join(REPOSITORY, 'node_modules', '@types')] };

let packages: InstalledPackages;
let versions: OtherVersions | { readonly missing: string };
let running: RunningRuntime;
beforeAll(async () => {
  [packages, versions, running] = await Promise.all([installPackages(), installOtherVersions(), startInProcess()]);
});
afterAll(async () => {
  const close = versions !== undefined && 'close' in versions ? versions.close() : undefined;
  await Promise.all([packages?.close(), close, running?.close()]);
});

test.for(NODE_MAJORS)('the packages run on Node %i, without a warning', async (major, context) => {
  await usePackages(needVersions(context, versions).node(major), packages.folder, running);
});

test('the sources of the packages use no function of the language that Node 20 lacks', async () => {
  const entries = ['container/index', 'container/cli', 'container/browser', 'client/index', 'cli/relicense'];
  const config = join(temporaryFolder(), 'tsconfig.json');
  const project = {
    extends: join(REPOSITORY, 'tsconfig.json'),
    // Node 20 has `isWellFormed` of ES2024, and nothing else of it.
    compilerOptions: { lib: ['es2023', 'es2024.string'], ...NODE_TYPES },
    include: [],
    files: entries.map((entry) => join(REPOSITORY, `${entry}.ts`)),
  };
  await writeFile(config, JSON.stringify(project));
  const tsc = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, out } = await runInstalled(process.execPath, [tsc, '-p', config], { folder: REPOSITORY });
  expect({ code, out }).toEqual({ code: 0, out: '' });
});

const READMES = 'the examples of the READMEs';

/** Projects of users, none of which has this project’s options. */
const PROJECTS = {
  'Node with moduleResolution node16, as ES module and CommonJS': {
    options: { module: 'node16', moduleResolution: 'node16', target: 'es2022', lib: ['es2022'], ...NODE_TYPES },
    files: { 'use.mts': PROGRAM + ES_ONLY, 'use.cts': PROGRAM },
  },
  'a page with moduleResolution bundler, without the types of Node': {
    options: { module: 'esnext', moduleResolution: 'bundler', target: 'es2022', lib: ['es2022', 'dom'], types: [] },
    files: { 'use.ts': PROGRAM + ES_ONLY },
  },
  'a project with the strictest options': {
    options: {
      module: 'preserve',
      moduleResolution: 'bundler',
      target: 'es2022',
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      ...NODE_TYPES,
    },
    files: { 'use.ts': PROGRAM + ES_ONLY },
  },
  [READMES]: {
    options: { module: 'nodenext', target: 'es2022', resolveJsonModule: true, ...NODE_TYPES },
    files: { 'relicense-keys.json': '{ "keySets": [{ "jws": ["..."] }] }' },
  },
} as const;

describe.for(['TypeScript 7', 'TypeScript 5'] as const)('%s', (compiler) => {
  test.for(Object.entries(PROJECTS))('the declarations compile in %s', async ([name, { options, files }], context) => {
    const project = join(packages.folder, `${compiler} ${name}`.replaceAll(/\W+/g, '-'));
    await mkdir(project);
    const all = name === READMES ? { ...files, ...(await readmeExamples()) } : files;
    for (const [file, text] of Object.entries(all)) await writeFile(join(project, file), text);
    const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, ...options };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const tsc =
      compiler === 'TypeScript 7'
        ? join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc')
        : needVersions(context, versions).typescript5;
    const { code, out } = await runInstalled(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
      folder: project,
    });
    expect({ code, out }).toEqual({ code: 0, out: '' });
  });
});

/** Compares the client’s types, which the build writes out, with the types that they were written out of. */
const SAME_TYPES = `
import type * as Source from '${REPOSITORY}/client/index.ts';
import type { EndpointName } from '${REPOSITORY}/contract/endpoints.ts';
import type * as Built from '@relicense/client';

type BuiltName = Exclude<keyof Built.Client, 'each'>;
type Fits<A, B> = [A] extends [B] ? true : false;
type IsLoose<Value> = unknown extends Value ? true : false;
/** The endpoints with a difference. */
type Wrong<Table> = { [Name in keyof Table]: Table[Name] extends true ? never : Name }[keyof Table];
type Answers = { [Name in EndpointName & BuiltName]: Fits<Source.Answer<Name>, Built.Answer<Name>> };
type Requests = { [Name in EndpointName & BuiltName]: Fits<Source.Request<Name>, Built.Request<Name>> };
type Loose = { [Name in BuiltName]: IsLoose<Built.Answer<Name>> extends false ? true : false };

export const nothingWrong: [Wrong<Answers>, Wrong<Requests>, Wrong<Loose>] extends [never, never, never] ? true : false = true;
export const sameNames: [Fits<EndpointName, BuiltName>, Fits<BuiltName, EndpointName>] = [true, true];
export const sameLists: [Fits<Source.PagedEndpoint, Built.PagedEndpoint>, Fits<Built.PagedEndpoint, Source.PagedEndpoint>] = [true, true];
`;

test('the client’s declarations have each endpoint, and take and give what the contract says', async () => {
  const project = join(packages.folder, 'same-types');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  await writeFile(join(project, 'same.ts'), SAME_TYPES);
  const config = {
    extends: join(REPOSITORY, 'tsconfig.json'),
    compilerOptions: NODE_TYPES,
    include: [],
    files: ['same.ts'],
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, out } = await runInstalled(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
    folder: project,
  });
  expect({ code, out }).toEqual({ code: 0, out: '' });
});

/** The TypeScript blocks of the packages' READMEs, as the packages have them. */
async function readmeExamples(): Promise<Record<string, string>> {
  const examples: Record<string, string> = {};
  for (const name of ['container', 'client']) {
    const path = join(packages.folder, 'node_modules', '@relicense', name, 'README.md');
    const blocks = [...(await readFile(path, 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms)];
    expect(blocks.length).toBeGreaterThan(0);
    for (const [index, [, text = '']] of blocks.entries()) examples[`${name}-${index}.mts`] = text;
  }
  return examples;
}

/** A program that is bundled into one file, and then runs where no package is installed. */
const BUNDLED = `
import { Container } from '@relicense/container';
import { createClient } from '@relicense/client';
const [keys, path] = process.argv.slice(2);
const trust = JSON.parse(keys);
Container.create({ path, keys: trust, trust })
  .then((container) => container.check('cad'))
  .then((check) => console.log(check.reason, typeof createClient({ server: 'http://127.0.0.1' }).listOrders));
`;

test.for(['esbuild, as CommonJS', 'esbuild, as ES module', 'Vite, as ES module'] as const)(
  'a program runs without node_modules when it is bundled by %s',
  async (bundler) => {
    const source = join(packages.folder, 'bundled.mjs');
    await writeFile(source, BUNDLED);
    const folder = temporaryFolder();
    const file = join(folder, bundler.endsWith('CommonJS') ? 'program.cjs' : 'program.mjs');
    if (bundler.startsWith('esbuild')) {
      const format = bundler.endsWith('CommonJS') ? 'cjs' : 'esm';
      await esbuild({ entryPoints: [source], bundle: true, platform: 'node', format, outfile: file });
    } else {
      await viteBuild({
        root: packages.folder,
        configFile: false,
        logLevel: 'error',
        ssr: { noExternal: true },
        build: {
          ssr: source,
          outDir: folder,
          emptyOutDir: false,
          rollupOptions: { output: { entryFileNames: 'program.mjs' } },
        },
      });
    }
    const keys = await (await fetch(`${running.url}/.well-known/relicense-keys`)).text();
    const path = join(folder, 'container.json');
    expect(await runInstalled(process.execPath, [file, keys, path], { folder })).toEqual({
      code: 0,
      out: 'no-license function\n',
      err: '',
    });
  },
);
