import { resolve } from 'node:path';
import { commandOf, type Option, type ParsedArguments } from '../../terminal/command.ts';
import type { Io as Outputs } from '../../terminal/io.ts';
import type { ContainerExit } from './exit.ts';

/** What a command uses of its process. Tests pass their own. */
export interface Io extends Outputs {
  /** Standard input to its end, or until it is longer than `maxBytes`. */
  input(maxBytes: number): Promise<Uint8Array>;
}

/** Defines a command of `relicense-container`. */
export const command = commandOf<Io, ContainerExit>();

/** Options of every command. */
export const COMMON_OPTIONS = {
  file: { value: 'PATH', help: 'the container file; default: $RELICENSE_CONTAINER, then ./container.json' },
} as const satisfies Readonly<Record<string, Option>>;

const DEFAULT_FILE = 'container.json';

/** The path of the container file. */
export function fileOf(given: ParsedArguments, { env, folder }: Io): string {
  return resolve(folder, given.text('file') ?? (env.RELICENSE_CONTAINER || DEFAULT_FILE));
}

/** One JSON document, for scripts. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
