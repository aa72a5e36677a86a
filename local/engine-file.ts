/** The address of the running engine, for programs beside the runtime that write to its table. */
import { rmSync } from 'node:fs';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/** The file has mode 0600, because the engine lets every client write without a token. */
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

/** @returns `undefined` if the file does not exist, so probably no runtime uses this home */
export function readEngineFile(path: string, warn: (message: string) => void): EngineAddress | undefined {
  const text = readSecretFile(path, warn);
  if (text === undefined) return undefined;
  const { endpoint, tableName } = JSON.parse(text) as Partial<Record<keyof EngineAddress, unknown>>;
  if (typeof endpoint !== 'string' || typeof tableName !== 'string') {
    throw new TypeError(
      `${path} must contain the engine's endpoint and tableName. Start the runtime again to rewrite it.`,
    );
  }
  return { endpoint, tableName };
}
