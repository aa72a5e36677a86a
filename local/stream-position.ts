/** The position in the table's stream, stored in the home. After `kill -9`, reading continues there. */
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/** The last handled sequence number per shard; `end` for a closed shard that was read completely. */
export type StreamPosition = Readonly<Record<string, string>>;

export interface KeptPosition {
  readonly stream: string;
  readonly shards: StreamPosition;
}

/** @param path `undefined` if the position is only in memory */
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
    throw new TypeError(
      `${path} must contain "stream" and "shards". Delete the file to read the stream from its beginning.`,
    );
  }
  return { stream, shards };
}

export function writeStreamPosition(path: string | undefined, position: KeptPosition): void {
  if (path !== undefined) writeSecretFile(path, `${JSON.stringify(position)}\n`);
}
