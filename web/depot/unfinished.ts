import type { Answer } from '../../client/index.ts';
import { useStored } from '../shared/stored.ts';

/** An update that a person took away, and whose receipt has not come back. */
export interface Unfinished {
  readonly serial: string;
  /** RFC 3339: when the update was taken. */
  readonly at: string;
  /** The update file. */
  readonly answer: Answer<'createReprogramming'>;
}

const isList = (value: unknown): value is readonly Unfinished[] =>
  Array.isArray(value) &&
  value.every((one) => typeof one?.serial === 'string' && typeof one?.at === 'string' && one.answer !== undefined);

/** The unfinished updates of this browser, which it remembers until their receipts come. */
export function useUnfinished() {
  return useStored<readonly Unfinished[]>('unfinished', [], isList);
}
