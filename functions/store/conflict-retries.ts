import type { Dependencies } from '../dependencies.ts';

/** With pauses of 20 milliseconds on average, this takes up to 1.2 seconds. */
const MAX_ATTEMPTS = 60;
const LONGEST_PAUSE_MILLISECONDS = 40;

/** Something changed between the read and the write in every attempt; nothing of the last attempt was written. */
export class TooManyConflicts extends Error {
  override readonly name = 'TooManyConflicts';

  constructor(what: string) {
    super(`Gave up on ${what} after ${MAX_ATTEMPTS} conflicting writes`);
  }
}

/**
 * Calls `attempt`, which reads, decides and writes, until it returns something other than `changed`. Pauses of random length
 * between the attempts separate requests that change the same item at the same time.
 * @param what names what is written, for the error: `license X`.
 * @throws TooManyConflicts after 60 attempts.
 */
export async function retryOnConflict<Result>(
  dependencies: Dependencies,
  what: string,
  attempt: () => Promise<Result | 'changed'>,
): Promise<Exclude<Result, 'changed'>> {
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    if (attempts > 0) await dependencies.sleep(randomPause(dependencies));
    const result = await attempt();
    if (result !== 'changed') return result as Exclude<Result, 'changed'>;
  }
  throw new TooManyConflicts(what);
}

function randomPause(dependencies: Dependencies): number {
  const [byte = 0] = dependencies.random(1);
  return Math.ceil((LONGEST_PAUSE_MILLISECONDS * (byte + 1)) / 256);
}
