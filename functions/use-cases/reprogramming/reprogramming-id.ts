import { base32 } from '../../../domain/ticket-code.ts';
import type { Dependencies } from '../../dependencies.ts';

const RANDOM_BYTES = 16;
const RANDOM_CHARACTERS = 20;
const FORM = /^([A-Za-z0-9_-]{43})-(\d{1,10})-([0-9A-HJKMNP-TV-Z]{20})$/;

/**
 * @returns the id of a new reprogramming, which is also the name of its execution (at most 80 characters; the suffix of a second
 * execution takes five of them). The serial and the counter locate its item; 100 random bits make it unguessable.
 * @param counter the counter that the reprogramming is expected to get; another one can be planned first.
 */
export function newReprogrammingId(dependencies: Dependencies, serial: string, counter: number): string {
  return `${serial}-${counter}-${base32(dependencies.random(RANDOM_BYTES), RANDOM_CHARACTERS)}`;
}

export interface ReprogrammingId {
  readonly serial: string;
  /** The reprogramming has this counter or a higher one. */
  readonly counter: number;
}

/** @returns `undefined` when the text is not a reprogramming's id. */
export function parseReprogrammingId(id: string): ReprogrammingId | undefined {
  const [, serial, counter] = FORM.exec(id) ?? [];
  return serial === undefined || counter === undefined ? undefined : { serial, counter: Number(counter) };
}
