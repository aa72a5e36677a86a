import { escapeForTerminal } from '../../terminal/text.ts';
import type { Io } from './command.ts';

/** Says that a request is tried again, and why: once as long as the cause is the same. */
export function retryNotice(io: Io): (detail: string) => void {
  let said: string | undefined;
  return (detail) => {
    if (detail === said) return;
    said = detail;
    io.err(`Retrying: ${escapeForTerminal(detail)}\n`);
  };
}
