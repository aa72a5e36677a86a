/** The exit codes of both command lines. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  partly: 4,
  unconfirmed: 5,
  nothing: 6,
  /** 128 and the number of SIGINT, as in shells. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Whether an answer with this HTTP status says that the server failed or was too busy: trying again may help. */
export function isBusyOrFailed(status: number): boolean {
  return status >= 500 || status === 429;
}

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  refused: 'the server refused, or a check or a file failed; stderr says why and what to do',
  usage: 'wrong usage, or the server or the token is missing',
  unreachable: 'the server was not reached, was too busy or failed; trying again is safe',
  partly: 'done in part: some of several were refused, or your own actions were dropped in favour of the vendor’s',
  unconfirmed: 'not confirmed; nothing was changed',
  nothing: 'nothing meets the conditions; nothing was changed',
  interrupted: 'stopped by Ctrl-C; run the same command again to continue',
};
