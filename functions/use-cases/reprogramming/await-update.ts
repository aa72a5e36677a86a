import type { Dependencies } from '../../dependencies.ts';
import { startDeadline } from '../deadline.ts';
import { findCompletion, progressOf, type ReprogrammingProgress } from './answer-reprogramming.ts';

const LONGEST_WAIT_SECONDS = 10;
const FIRST_PAUSE_MILLISECONDS = 15;
const LONGEST_PAUSE_MILLISECONDS = 250;

/** `Prefer: wait=n` (RFC 7240): seconds, 10 at most; `undefined` when the caller does not ask to wait. */
export function waitSeconds(prefer: string | undefined): number | undefined {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '') ?? [];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
}

/**
 * Waits until the update is issued, or the request came to nothing, or the time is over.
 * @param known how far it had come a moment ago; looked up unless given.
 */
export async function waitForUpdate(
  dependencies: Dependencies,
  id: string,
  seconds: number,
  known?: ReprogrammingProgress,
): Promise<ReprogrammingProgress> {
  const waiting = startDeadline(dependencies);
  let pause = FIRST_PAUSE_MILLISECONDS;
  let progress = known ?? (await progressOf(dependencies, id));
  if (isUnderWay(progress) && (await waiting.untilReached(id, 'issued', seconds * 1000)))
    progress = (await findCompletion(dependencies, id)) ?? progress;
  while (isUnderWay(progress)) {
    const left = seconds * 1000 - waiting.elapsed();
    // It may have been planned meanwhile, which is no end yet, but worth telling.
    if (left <= 0) return progressOf(dependencies, id);
    pause = Math.min(pause * 1.4, LONGEST_PAUSE_MILLISECONDS, left + 1);
    await waiting.pause(pause);
    progress = (await findCompletion(dependencies, id)) ?? progress;
  }
  return progress;
}

function isUnderWay({ kind }: ReprogrammingProgress): boolean {
  return kind === 'planning' || kind === 'planned';
}
