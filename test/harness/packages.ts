/** The npm packages, built, packed and installed as a customer's developer installs them: in an empty folder, without a registry. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { buildPackages } from '../../scripts/build-packages.ts';
import { type Ended, ended } from './ended.ts';
import { inherited } from './inherited.ts';

const run = promisify(execFile);

export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  /** Bytes of the tarball, and of its files. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly string[];
}

export interface InstalledPackages {
  /** A folder whose `node_modules` has the packages and nothing else. */
  readonly folder: string;
  readonly packed: readonly PackedPackage[];
  close(): Promise<void>;
}

/** Builds the packages, packs them, and installs the tarballs in an empty folder. */
export async function installPackages(): Promise<InstalledPackages> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'relicense-packages-')));
  const close = () => rm(root, { recursive: true, force: true, maxRetries: 5 });
  try {
    const built = await buildPackages(join(root, 'built'));
    const [tarballs, folder] = [join(root, 'tarballs'), join(root, 'app')];
    await Promise.all([mkdir(tarballs), mkdir(folder)]);
    const folders = built.map((one) => one.folder);
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', tarballs, ...folders], { cwd: root });
    const packed = readPacked(stdout);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true }));
    const paths = packed.map(({ filename }) => join(tarballs, filename));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...paths], { cwd: folder });
    return { folder, packed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface NpmPackage extends Omit<PackedPackage, 'files'> {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm 11 prints a list, later versions an object by name. */
function readPacked(json: string): (PackedPackage & { readonly filename: string })[] {
  const packages: NpmPackage[] = Object.values(JSON.parse(json));
  return packages.map((one) => ({ ...one, files: one.files.map(({ path }) => path) }));
}

/** Runs a program of the installed packages, or a file in their folder, with this Node. */
export function runInstalled(
  node: string,
  args: readonly string[],
  { folder, env = {} }: { readonly folder: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  const child = spawn(node, args, { cwd: folder, env: { ...inherited(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  return ended(child);
}

/** The major versions of Node that the packages are tested with. */
export const NODE_MAJORS = [20, 22, 24] as const;

export interface OtherVersions {
  node(major: (typeof NODE_MAJORS)[number]): string;
  /** The compiler of TypeScript 5, with which most projects still compile. */
  readonly typescript5: string;
  close(): Promise<void>;
}

/** Installs further versions of Node and TypeScript from the registry. Returns why it could not. */
export async function installOtherVersions(): Promise<OtherVersions | { readonly missing: string }> {
  const root = await mkdtemp(join(tmpdir(), 'relicense-versions-'));
  const close = () => rm(root, { recursive: true, force: true, maxRetries: 5 });
  const nodes = NODE_MAJORS.map((major) => `node${major}@npm:node-${process.platform}-${process.arch}@${major}`);
  try {
    await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'versions', private: true }));
    const options = ['--prefer-offline', '--fetch-retries=1', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...options, ...nodes, 'typescript5@npm:typescript@5.9'], { cwd: root });
  } catch (error) {
    await close();
    // npm's first lines say why; a stack follows.
    return { missing: (error as Error).message.split('\n').slice(0, 4).join('\n') };
  }
  const modules = join(root, 'node_modules');
  return {
    node: (major) => join(modules, `node${major}`, 'bin', 'node'),
    typescript5: join(modules, 'typescript5', 'bin', 'tsc'),
    close,
  };
}

/** Returns the versions. Without them it skips the test with a message, or fails it under CI=true. */
export function needVersions(
  context: TestContext,
  versions: OtherVersions | { readonly missing: string },
): OtherVersions {
  if (!('missing' in versions)) return versions;
  const message = `DID NOT RUN: npm could not install other versions of Node and TypeScript.\n${versions.missing}`;
  if (process.env.CI === 'true') throw new Error(message);
  console.error(`\n${context.task.name}\n${message}\n`);
  return context.skip(message);
}
