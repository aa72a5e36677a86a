import { base32 } from '../../../domain/ticket-code.ts';
import type { Dependencies } from '../../dependencies.ts';

const RANDOM_BYTES = 16;
const RANDOM_CHARACTERS = 20;
const FORM = /^([A-Za-z0-9_-]{43})-(\d{1,10})-([0-9A-HJKMNP-TV-Z]{20})$/;

/**
 * A reprogramming's id, which is also its execution's name (80 characters at most, of which a second execution's suffix
 * takes five): the serial and the counter say where to look for it, 100 random bits make it a secret of those who know it.
 *
 * `counter` is where the request expects to be planned; another reprogramming may take that place first.
 */
export function newReprogrammingId(dependencies: Dependencies, serial: string, counter: number): string {
  return `${serial}-${counter}-${base32(dependencies.random(RANDOM_BYTES), RANDOM_CHARACTERS)}`;
}

export interface ReprogrammingId {
  readonly serial: string;
  /** The reprogramming stands at this counter or after it. */
  readonly counter: number;
}

export function parseReprogrammingId(id: string): ReprogrammingId | undefined {
  const [, serial, counter] = FORM.exec(id) ?? [];
  return serial === undefined || counter === undefined ? undefined : { serial, counter: Number(counter) };
}
