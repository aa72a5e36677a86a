/** The vendor's command line in this process, with or without a terminal. */
import { tmpdir } from 'node:os';
import type { Io } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import type { ExitCode } from '../../terminal/exit.ts';

export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Standard input; empty if not given. */
  readonly input?: string;
  /** The answers of the person at the terminal, in order; with them standard input is a terminal. */
  readonly answers?: readonly string[];
  /** Columns of the terminal at standard output; a pipe if not given. */
  readonly columns?: number;
  /** Standard error is a pipe, although standard output is a terminal. */
  readonly stderrIsPipe?: boolean;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
  /** Called with each text written to standard output. */
  readonly onOut?: (text: string) => void;
  /** Called with each question that the person at the terminal is asked. */
  readonly onAsk?: (question: string) => void;
  /** Called with each text written to standard error. */
  readonly onErr?: (text: string) => void;
}

export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
  /** The questions that the person was asked. */
  readonly questions: readonly string[];
}

export async function runCommandLine(argv: readonly string[], given: Given = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const questions: string[] = [];
  const answers = [...(given.answers ?? [])];
  const io: Io = {
    env: given.env ?? {},
    folder: given.folder ?? tmpdir(),
    out: (text) => {
      out += text;
      given.onOut?.(text);
    },
    err: (text) => {
      err += text;
      given.onErr?.(text);
    },
    stdout: { isTerminal: given.columns !== undefined, columns: given.columns },
    stderr: { isTerminal: given.columns !== undefined && given.stderrIsPipe !== true },
    stdin: {
      isTerminal: given.answers !== undefined,
      read: () => Promise.resolve(Buffer.from(given.input ?? '')),
      ask: (question) => {
        questions.push(question);
        given.onAsk?.(question);
        return Promise.resolve(answers.shift() ?? '');
      },
    },
    signal: given.signal ?? new AbortController().signal,
    fetch: given.fetch,
  };
  const code = await main(argv, io);
  return { code, out, err, questions };
}

/** The items of a list that was printed with `--json`. */
export function lines(out: string): unknown[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
