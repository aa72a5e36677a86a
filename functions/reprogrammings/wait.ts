import type { Runtime } from '../ports.ts';
import { startWaiting } from '../waiting.ts';
import { endOf, type Progress, progressOf } from './answer-reprogramming.ts';

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
  runtime: Runtime,
  id: string,
  seconds: number,
  known?: Progress,
): Promise<Progress> {
  const waiting = startWaiting(runtime);
  let pause = FIRST_PAUSE_MILLISECONDS;
  let progress = known ?? (await progressOf(runtime, id));
  if (isUnderWay(progress) && (await waiting.untilReached(id, 'issued', seconds * 1000)))
    progress = (await endOf(runtime, id)) ?? progress;
  while (isUnderWay(progress)) {
    const left = seconds * 1000 - waiting.elapsed();
    // It may have been planned meanwhile, which is no end yet, but worth telling.
    if (left <= 0) return progressOf(runtime, id);
    pause = Math.min(pause * 1.4, LONGEST_PAUSE_MILLISECONDS, left + 1);
    await waiting.pause(pause);
    progress = (await endOf(runtime, id)) ?? progress;
  }
  return progress;
}

function isUnderWay({ kind }: Progress): boolean {
  return kind === 'planning' || kind === 'planned';
}
