import type { Dependencies } from '../dependencies.ts';

/** Two seconds or so: among sixteen who keep on changing one thing, one of five attempts or so is the first. */
const MOST = 60;
/** Whoever comes anew does not wait at all: a longer pause would only let more of them go first. */
const LONGEST_PAUSE_MILLISECONDS = 40;

/**
 * Counts the attempts to change what others change at the same time. Between two of them is a pause of random length: those
 * who ask at once would meet again at every attempt otherwise, and only one of them wins each.
 */
export async function* attempts(dependencies: Dependencies): AsyncGenerator<number, void, undefined> {
  for (let attempt = 0; attempt < MOST; attempt++) {
    if (attempt > 0) await dependencies.sleep(randomPause(dependencies));
    yield attempt;
  }
}

function randomPause(dependencies: Dependencies): number {
  const [byte = 0] = dependencies.random(1);
  return Math.ceil((LONGEST_PAUSE_MILLISECONDS * (byte + 1)) / 256);
}
