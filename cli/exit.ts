/** What the program ends with. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  partly: 4,
  unconfirmed: 5,
  /** 128 and the number of SIGINT, as shells have it. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_IN_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  refused: 'the server refused; the code and what to do about it are on stderr',
  usage: 'wrong usage, or no server and token are known',
  unreachable: 'the server was not reached, was too busy or broke; nothing is lost by trying again',
  partly: 'of several, some were refused',
  unconfirmed: 'the question whether to go on was not answered with yes; nothing was changed',
  interrupted: 'ended by Ctrl-C; the same command again goes on where it stopped',
};
