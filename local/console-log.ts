import type { Log, LogDetails } from '../functions/dependencies.ts';

/** Prints each entry to the standard error output, for the person at this machine: the message, then the error's stack. */
export const consoleLog: Log = {
  info: (message, details) => print(message, details),
  warn: (message, details) => print(message, details),
  error: (message, details) => print(message, details),
};

function print(message: string, { error, ...more }: LogDetails = {}): void {
  const line = Object.keys(more).length === 0 ? message : `${message} ${JSON.stringify(more)}`;
  if (error === undefined) console.error(line);
  else console.error(`${line}:`, error);
}
