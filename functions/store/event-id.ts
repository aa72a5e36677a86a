import { base32 } from '../../domain/ticket-code.ts';
import type { Dependencies } from '../dependencies.ts';

const TIME_CHARACTERS = 10;
const RANDOM_BYTES = 10;
const RANDOM_CHARACTERS = 16;

/** The time of the last id of each table client, which all requests of a process share. */
const last = new WeakMap<Dependencies['documents'], { milliseconds: number }>();

/**
 * A ULID (48 bits of time, 80 random bits, Crockford base32), so that ids sort in the order of the events. Within one
 * process the time part strictly rises: two events of one millisecond keep their order.
 */
export function newEventId(dependencies: Dependencies): string {
  const before = last.get(dependencies.documents)?.milliseconds ?? 0;
  const milliseconds = Math.max(dependencies.now().getTime(), before + 1);
  last.set(dependencies.documents, { milliseconds });
  return `${timePart(milliseconds)}${base32(dependencies.random(RANDOM_BYTES), RANDOM_CHARACTERS)}`;
}

function timePart(milliseconds: number): string {
  // 50 bits, of which the first two are always zero.
  const bytes = new Uint8Array(7);
  let rest = milliseconds * 64;
  for (let index = 6; index >= 0; index--) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return base32(bytes, TIME_CHARACTERS);
}
