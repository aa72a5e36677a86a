import type { Runtime } from '../ports.ts';

/** Two seconds or so: among sixteen who keep on changing one thing, one of five attempts or so is the first. */
const MOST = 60;
const FIRST_PAUSE_MILLISECONDS = 10;
/** Whoever comes anew does not wait at all: a long pause would only let more of them go first. */
const LONGEST_PAUSE_MILLISECONDS = 40;

/**
 * Counts the attempts to change what others change at the same time. Between two of them is a pause of random length: those
 * who ask at once would meet again at every attempt otherwise, and only one of them wins each.
 */
export async function* attempts(runtime: Runtime): AsyncGenerator<number, void, undefined> {
  for (let attempt = 0; attempt < MOST; attempt++) {
    if (attempt > 0) await runtime.sleep(pauseBefore(runtime, attempt));
    yield attempt;
  }
}

function pauseBefore(runtime: Runtime, attempt: number): number {
  const longest = Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** attempt, LONGEST_PAUSE_MILLISECONDS);
  const [byte = 0] = runtime.random(1);
  return Math.ceil((longest * (byte + 1)) / 256);
}
