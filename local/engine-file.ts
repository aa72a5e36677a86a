/** The addresses of the running runtime and its engine, for programs beside it: the demo, and `npm run token`. */
import { rmSync } from 'node:fs';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/** The file has mode 0600, because the engine lets every client write without a token. */
export interface EngineAddress {
  readonly endpoint: string;
  readonly tableName: string;
  /** Address of the HTTP API. */
  readonly url: string;
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
  const { endpoint, tableName, url } = JSON.parse(text) as Partial<Record<keyof EngineAddress, unknown>>;
  if (typeof endpoint !== 'string' || typeof tableName !== 'string' || typeof url !== 'string') {
    throw new TypeError(`${path} must contain endpoint, tableName and url. Start the runtime again to rewrite it.`);
  }
  return { endpoint, tableName, url };
}
