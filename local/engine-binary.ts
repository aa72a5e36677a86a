/** Finds the program of the DynamoDB engine, which is in an optional npm package per platform. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartError } from './start-error.ts';

/**
 * Path of the `dynoxide` program from the package `@dynoxide/<platform>-<arch>`.
 * @throws StartError `engine-missing`; its message names the alternatives
 */
export function findEngineBinary(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@dynoxide/${platform}-${arch}`;
  const program = platform === 'win32' ? 'dynoxide.exe' : 'dynoxide';
  let folder: string | undefined;
  try {
    folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    // Not installed: reported below, as is a package without the program.
  }
  const path = folder === undefined ? undefined : join(folder, program);
  if (path === undefined || !existsSync(path)) {
    throw new StartError(
      [
        `The DynamoDB engine for this machine (${name}) is not installed.`,
        'If the package exists for your platform: npm install --include=optional',
        'Otherwise use another DynamoDB engine, for example DynamoDB Local:',
        '  DYNAMODB_ENDPOINT=http://127.0.0.1:8000 npm start',
      ].join('\n'),
      { code: 'engine-missing' },
    );
  }
  return path;
}
