/** The exit codes of `relicense-container`. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  serverRefused: 3,
  dropped: 4,
  unreachable: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  refused: 'a check refused the container or an update',
  usage: 'wrong usage',
  serverRefused: 'the server refused',
  dropped: "done, but your own actions were dropped in favour of the vendor's",
  unreachable: 'the server was not reached, or sent no usable answer',
};
