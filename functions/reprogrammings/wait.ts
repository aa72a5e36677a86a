import type { Runtime } from '../ports.ts';
import { startWaiting } from '../waiting.ts';
import { mayBeAnswered, type Progress, progressOf } from './answer-reprogramming.ts';

const LONGEST_WAIT_SECONDS = 10;
const FIRST_PAUSE_MILLISECONDS = 15;
const LONGEST_PAUSE_MILLISECONDS = 250;

/** `Prefer: wait=n` (RFC 7240): seconds, 10 at most; `undefined` when the caller does not ask to wait. */
export function waitSeconds(prefer: string | undefined): number | undefined {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '') ?? [];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
}

/** Waits until the update is issued, or the request came to nothing, or the time is over. */
export async function waitForUpdate(runtime: Runtime, id: string, seconds: number): Promise<Progress> {
  const waiting = startWaiting(runtime);
  let pause = FIRST_PAUSE_MILLISECONDS;
  let progress = await progressOf(runtime, id);
  while (progress.kind === 'planning' || progress.kind === 'planned') {
    const left = seconds * 1000 - waiting.elapsed();
    if (left <= 0) break;
    pause = Math.min(pause * 1.4, LONGEST_PAUSE_MILLISECONDS, left + 1);
    await waiting.pause(pause);
    if (await mayBeAnswered(runtime, id)) progress = await progressOf(runtime, id);
  }
  return progress;
}
