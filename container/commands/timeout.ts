import type { ParsedArguments } from '../../terminal/command.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import { TIMEOUT_SECONDS } from '../sync.ts';

const MAX_TIMEOUT_SECONDS = 86_400;

export const TIMEOUT_OPTION = {
  value: 'N',
  help: `seconds for the whole command, retries included; default: ${TIMEOUT_SECONDS}`,
} as const;

/** Parses `--timeout`. @throws UsageError */
export function parseTimeout(given: ParsedArguments<'timeout'>): number | undefined {
  const text = given.text('timeout');
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (/^[0-9]+$/.test(text) && seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  throw new UsageError(`--timeout must be a whole number of seconds, from 1 to ${MAX_TIMEOUT_SECONDS}.`);
}

/** The deadline of requests that may take this long together. */
export function deadlineAfter(seconds: number): number {
  return performance.now() + seconds * 1000;
}
