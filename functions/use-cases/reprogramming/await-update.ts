import type { Dependencies } from '../../dependencies.ts';
import { startDeadline } from '../deadline.ts';
import {
  type CompletionRead,
  findCompletion,
  progressOf,
  type ReprogrammingProgress,
} from './reprogramming-progress.ts';

const LONGEST_WAIT_SECONDS = 10;
const FIRST_PAUSE_MILLISECONDS = 15;
const LONGEST_PAUSE_MILLISECONDS = 250;

/** @returns the seconds of `Prefer: wait=n` (RFC 7240), at most 10; `undefined` when the caller does not ask to wait. */
export function waitSeconds(prefer: string | undefined): number | undefined {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '') ?? [];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
}

/**
 * Waits until the update is issued, or it is certain that no update follows, or the time is over.
 * @param known the progress as it was a moment ago; read here unless given.
 * @param read how much each look reads
 */
export async function waitForUpdate(
  dependencies: Dependencies,
  id: string,
  seconds: number,
  known?: ReprogrammingProgress,
  read?: CompletionRead,
): Promise<ReprogrammingProgress> {
  const waiting = startDeadline(dependencies);
  let pause = FIRST_PAUSE_MILLISECONDS;
  let progress = known ?? (await progressOf(dependencies, id));
  if (isInProgress(progress) && (await waiting.untilReached(id, 'issued', seconds * 1000)))
    progress = (await findCompletion(dependencies, id, read)) ?? progress;
  while (isInProgress(progress)) {
    const left = seconds * 1000 - waiting.elapsed();
    // The reprogramming can have been planned meanwhile, which `findCompletion` does not report.
    if (left <= 0) return progressOf(dependencies, id);
    pause = Math.min(pause * 1.4, LONGEST_PAUSE_MILLISECONDS, left + 1);
    await waiting.pause(pause);
    progress = (await findCompletion(dependencies, id, read)) ?? progress;
  }
  return progress;
}

function isInProgress({ kind }: ReprogrammingProgress): boolean {
  return kind === 'planning' || kind === 'planned';
}
