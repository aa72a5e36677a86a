/** How far the table's stream was read, kept in the home: after `kill -9` it goes on there. */
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/** By shard, the last sequence number that was handled; `end` for a shard that is closed and read to its end. */
export type StreamPosition = Readonly<Record<string, string>>;

export interface KeptPosition {
  readonly stream: string;
  readonly shards: StreamPosition;
}

/** @param path `undefined` keeps it in memory only. */
export function readStreamPosition(
  path: string | undefined,
  warn: (message: string) => void,
): KeptPosition | undefined {
  const text = path === undefined ? undefined : readSecretFile(path, warn);
  if (text === undefined) return undefined;
  const { stream, shards } = JSON.parse(text) as Partial<Record<keyof KeptPosition, unknown>>;
  const isPosition = (value: unknown): value is StreamPosition =>
    typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
  if (typeof stream !== 'string' || !isPosition(shards)) {
    throw new TypeError(`${path} does not say how far the stream was read.`);
  }
  return { stream, shards };
}

export function writeStreamPosition(path: string | undefined, position: KeptPosition): void {
  if (path !== undefined) writeSecretFile(path, `${JSON.stringify(position)}\n`);
}
