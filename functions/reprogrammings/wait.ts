import type { Runtime } from '../ports.ts';
import { type Progress, progressOf } from './answer-reprogramming.ts';

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
  let pause = FIRST_PAUSE_MILLISECONDS;
  let waited = 0;
  for (;;) {
    const progress = await progressOf(runtime, id);
    if (progress.kind !== 'planning' && progress.kind !== 'planned') return progress;
    if (waited >= seconds * 1000) return progress;
    pause = Math.min(pause * 1.4, LONGEST_PAUSE_MILLISECONDS, seconds * 1000 - waited + 1);
    await runtime.sleep(pause);
    waited += pause;
  }
}
