/** The npm packages, as a developer installs and uses them. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningRuntime } from '../../local/runtime.ts';
import { REPOSITORY } from '../harness/child-runtime.ts';
import { startInProcess } from '../harness/embedded-runtime.ts';
import { type InstalledPackages, installPackages, runInstalled } from '../harness/packages.ts';
import { ES_ONLY, PROGRAM } from '../harness/typed-programs.ts';
import { usePackages } from '../harness/use-packages.ts';

let packages: InstalledPackages;
let running: RunningRuntime;
beforeAll(async () => {
  [packages, running] = await Promise.all([installPackages(), startInProcess()]);
});
afterAll(async () => {
  await Promise.all([packages?.close(), running?.close()]);
});

const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));

const FILE =
  /^(?:package\.json|README\.md|LICENSE|THIRD-PARTY\.md|cjs\/package\.json|(?:esm|cjs)\/[^/]+\.js(?:\.map)?|(?:cjs\/)?types\/.+\.d\.ts)$/;

test.each([
  ['@relicense/container', 'container|protocol|terminal|node_modules/jose'],
  ['@relicense/client', 'client|protocol'],
  ['relicense', 'cli|client|contract/scopes[.]ts|protocol|terminal|node_modules/jose'],
])('the package %s has only built files, of its own sources, and no dependencies', async (name, folders) => {
  const packed = packages.packed.find((one) => one.name === name);
  expect(packed?.version).toBe(version);
  expect(packed?.files.filter((path) => !FILE.test(path))).toEqual([]);
  expect(packed?.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
  const installed = join(packages.folder, 'node_modules', name);
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({
    name,
    version,
    license: 'Apache-2.0',
    engines: { node: expect.stringMatching(/^>=20/) },
  });
  expect(manifest).not.toHaveProperty('dependencies');

  const maps = packed?.files.filter((path) => path.endsWith('.map')) ?? [];
  const sources = maps.flatMap((path): string[] => JSON.parse(readFileSync(join(installed, path), 'utf8')).sources);
  expect(sources.length).toBeGreaterThan(5);
  const own = new RegExp(`(?:^|/)(?:${folders})(?:/|$)`);
  expect(sources.filter((path) => !own.test(path.replaceAll('../', '')))).toEqual([]);
  const bundlesJose = sources.some((path) => path.includes('node_modules/jose'));
  expect(packed?.files.includes('THIRD-PARTY.md')).toBe(bundlesJose);
});

test('a program sells, activates and checks with the installed packages, as ES module, as CommonJS and by command', async () => {
  await usePackages(process.execPath, packages.folder, running);
});

test('a command of an installed package writes nothing into the package', async () => {
  const { folder } = packages;
  for (const [name, program] of [
    ['relicense', 'relicense'],
    ['@relicense/container', 'relicense-container'],
  ] as const) {
    const args = [join(folder, 'node_modules', '.bin', program), '--version'];
    // An empty environment: no compile cache of the tests.
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env: {} });
    expect(stdout).toBe(`${version}\n`);
    const packed = packages.packed.find((one) => one.name === name)?.files ?? [];
    const top = new Set(packed.map((path) => path.split('/')[0]));
    expect(new Set(readdirSync(join(folder, 'node_modules', name)))).toEqual(top);
  }
});

test.each([
  ['node16', { module: 'node16', moduleResolution: 'node16' }, { 'use.mts': PROGRAM + ES_ONLY, 'use.cts': PROGRAM }],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler' }, { 'use.ts': PROGRAM + ES_ONLY }],
])(
  'the declarations compile in a project with moduleResolution %s and no other option than strict',
  async (name, modules, files) => {
    const project = join(packages.folder, `types-${name}`);
    await mkdir(project);
    for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text);
    const compilerOptions = {
      ...modules,
      target: 'es2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: [],
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const tsc = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
    const { code, out } = await runInstalled(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
      folder: project,
    });
    expect({ code, out }).toEqual({ code: 0, out: '' });
  },
);

test('a bundle for pages has the container and the client, imports nothing, and has at most 85 KB when minified', async () => {
  const source = join(packages.folder, 'page.js');
  await writeFile(
    source,
    `export { Container, sync } from '@relicense/container/browser';\nexport { createClient } from '@relicense/client';\n`,
  );
  const { outputFiles, metafile } = await build({
    entryPoints: [source],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    minify: true,
    write: false,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  expect(output?.imports).toEqual([]);
  expect(output?.exports.toSorted()).toEqual(['Container', 'createClient', 'sync']);
  expect(outputFiles[0]?.contents.length).toBeLessThanOrEqual(85_000);
});
