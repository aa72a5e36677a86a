import type { Runtime } from '../ports.ts';

const FIRST_PAUSE_MILLISECONDS = 10;
const LONGEST_PAUSE_MILLISECONDS = 320;

/**
 * Counts the attempts to change what others change at the same time. Between two of them is a pause of random length, a
 * longer one each time: those who ask at once would meet again at every attempt otherwise, and only one of them wins each.
 */
export async function* attempts(runtime: Runtime, most: number): AsyncGenerator<number, void, undefined> {
  for (let attempt = 0; attempt < most; attempt++) {
    if (attempt > 0) await runtime.sleep(pauseBefore(runtime, attempt));
    yield attempt;
  }
}

function pauseBefore(runtime: Runtime, attempt: number): number {
  const longest = Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** attempt, LONGEST_PAUSE_MILLISECONDS);
  const [byte = 0] = runtime.random(1);
  return Math.ceil((longest * (byte + 1)) / 256);
}
