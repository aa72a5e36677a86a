import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Trust } from '../../protocol/index.ts';
import { parseJson } from '../../protocol/index.ts';
import type { ParsedArguments } from '../../terminal/command.ts';
import { formatSystemError, systemErrorCode } from '../../terminal/system-error.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { ContainerError } from '../container-error.ts';
import { FileContainer } from '../file-container.ts';
import type { Io } from './command.ts';

export const TRUST_OPTION = {
  value: 'PATH',
  help: 'the vendor’s key sets or root keys that the program brings; default: those in the file',
} as const;

const MAX_TRUST_BYTES = 1024 * 1024;

/** Opens a container and warns when other users can read its private key. @throws ContainerError as `Container.open`. */
export async function openContainer(path: string, { err }: Io, trust?: Trust): Promise<FileContainer> {
  const container = await FileContainer.open(path, { trust });
  if (await container.isExposed()) {
    err(`Warning: other users of this machine can read the private key in ${path}. To fix it: chmod 600 ${path}\n`);
  }
  return container;
}

/** Opens a container with the keys in `--trust`, or with those in the file itself. */
export async function openTrusted(given: ParsedArguments<'trust'>, path: string, io: Io): Promise<FileContainer> {
  const trustPath = given.text('trust');
  if (trustPath !== undefined) return openContainer(path, io, await readTrustFile(resolve(io.folder, trustPath)));
  const { keySets } = await FileContainer.open(path);
  return openContainer(path, io, { keySets: keySets.map(({ signed }) => signed) });
}

/** `Container.open` checks the form. */
async function readTrustFile(path: string): Promise<Trust> {
  const shown = escapeForTerminal(path);
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemErrorCode(error) === undefined || !(error instanceof Error)) throw error;
    throw new UsageError(`--trust cannot be read: ${formatSystemError(error, path)}.`);
  });
  const read = parseJson(bytes, { maxBytes: MAX_TRUST_BYTES });
  if (!read.ok) throw new ContainerError('trust', `${shown} is not valid JSON: ${read.code}.`);
  return read.value as Trust;
}
