/** Where the running engine can be reached, for programs beside the runtime that have to write to its table. */
import { rmSync } from 'node:fs';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/** Mode 0600: whoever reaches the engine can write what he likes, without a token. */
export interface EngineAddress {
  readonly endpoint: string;
  readonly tableName: string;
}

export function writeEngineFile(path: string, address: EngineAddress): void {
  writeSecretFile(path, `${JSON.stringify(address)}\n`);
}

export function removeEngineFile(path: string): void {
  rmSync(path, { force: true });
}

/** @returns `undefined` when no runtime uses this home, as far as the file tells. */
export function readEngineFile(path: string, warn: (message: string) => void): EngineAddress | undefined {
  const text = readSecretFile(path, warn);
  if (text === undefined) return undefined;
  const { endpoint, tableName } = JSON.parse(text) as Partial<Record<keyof EngineAddress, unknown>>;
  if (typeof endpoint !== 'string' || typeof tableName !== 'string') {
    throw new TypeError(`${path} says not where the engine is. Start the runtime again.`);
  }
  return { endpoint, tableName };
}
