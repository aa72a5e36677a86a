/** The addresses of the running runtime, for programs beside it: the demo, `npm run token` and `npm run keys`. */
import { rmSync } from 'node:fs';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

export interface RunningAddress {
  /** Address of the HTTP API. */
  readonly url: string;
  readonly tableName: string;
  /** Address of the DynamoDB engine, if it is not the table in the home. */
  readonly endpoint?: string | undefined;
}

export function writeRunningFile(path: string, address: RunningAddress): void {
  writeSecretFile(path, `${JSON.stringify(address)}\n`);
}

export function removeRunningFile(path: string): void {
  rmSync(path, { force: true });
}

/** @returns `undefined` if the file does not exist, so probably no runtime uses this home */
export function readRunningFile(path: string, warn: (message: string) => void): RunningAddress | undefined {
  const text = readSecretFile(path, warn);
  if (text === undefined) return undefined;
  const { endpoint, tableName, url } = JSON.parse(text) as Partial<Record<keyof RunningAddress, unknown>>;
  if (typeof tableName !== 'string' || typeof url !== 'string') {
    throw new TypeError(`${path} must contain tableName and url. Start the runtime again to rewrite it.`);
  }
  return { tableName, url, ...(typeof endpoint === 'string' ? { endpoint } : {}) };
}
