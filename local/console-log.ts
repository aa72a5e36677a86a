import type { Log, LogDetails } from '../functions/dependencies.ts';
import type { Clock } from './clock.ts';

/** The message about a full disk is repeated after this long without an error of a full disk. */
const QUIET_MILLISECONDS = 60_000;

/**
 * Prints each entry to the standard error output, for the person at this machine: the message, then the error's stack. Every
 * request fails while the disk is full, so that is printed once, in one line.
 */
export function createConsoleLog(
  clock: Pick<Clock, 'now'>,
  write: (line: string, error?: unknown) => void = (...parts) => console.error(...parts),
): Log {
  let fullUntil = 0;
  const print = (message: string, { error, ...more }: LogDetails): void => {
    if (isFullDisk(error)) {
      const isKnown = clock.now() < fullUntil;
      fullUntil = clock.now() + QUIET_MILLISECONDS;
      if (!isKnown)
        write('The disk is full. Requests fail until there is space again; nothing that was answered is lost.');
      return;
    }
    const line = Object.keys(more).length === 0 ? message : `${message} ${JSON.stringify(more)}`;
    if (error === undefined) write(line);
    else write(`${line}:`, error);
  };
  // A person wants problems, not each reprogramming.
  return { info: () => undefined, warn: print, error: print };
}

/** By the engine's message, SQLite's or the operating system's. */
function isFullDisk(error: unknown): boolean {
  return (
    error instanceof Error && (/disk is full|ENOSPC|no space left/i.test(error.message) || isFullDisk(error.cause))
  );
}

/** A log for programs that log on the system's clock. */
export const consoleLog: Log = createConsoleLog({ now: Date.now });
