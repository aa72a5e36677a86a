import type { Io } from './io.ts';
import { errorStyle } from './style.ts';
import { escapeForTerminal } from './text.ts';

/** Why a command did not do what was asked, and what the person can do about it. */
export interface Failure {
  /** A few words, such as `Not reached.`. */
  readonly title: string;
  readonly code: string;
  /** Lines that are printed as they are: escape what comes from elsewhere. */
  readonly lines: readonly string[];
  readonly advice?: string | undefined;
  /** The members that are printed with `--json`, beside `code` and `advice`. */
  readonly document: object;
}

/** Prints a failure on stderr: for people, or with `--json` as one line of JSON. */
export function printFailure(io: Io, isJson: boolean, { title, code, lines, advice, document }: Failure): void {
  if (isJson) {
    io.err(`${JSON.stringify({ code, ...document, advice })}\n`);
    return;
  }
  io.err(`${errorStyle(io).red(escapeForTerminal(title))} (${escapeForTerminal(code)})\n`);
  for (const line of lines) io.err(`${line}\n`);
  if (advice !== undefined) io.err(`${advice}\n`);
}
