import { ProblemError } from '../client/index.ts';
import { EXIT, type ExitCode, isBusyOrFailed } from '../terminal/exit.ts';
import { escapeForTerminal, pluralize } from '../terminal/text.ts';
import { printLine } from './output.ts';
import { printFailure, problemDocument } from './print-failure.ts';
import type { Session } from './session.ts';

/** Work on several ids, one after the other. */
export interface ForEach {
  readonly ids: readonly string[];
  /** What an id identifies, such as `license`: the member in the line of JSON, and the noun in texts. */
  readonly what: string;
  /** Handles one id; `text` is the line for people. */
  work(id: string): Promise<{
    readonly answer: object;
    readonly text: string;
    /** The server has answered, and yet the work came to nothing: it counts as refused. */
    readonly failed?: boolean;
  }>;
}

/**
 * Handles each id and continues after a refusal. An id that is refused because a later one depends on it is tried again
 * after that one, so the order of the ids does not matter.
 */
export async function runForEach(session: Session, { ids, what, work }: ForEach): Promise<ExitCode> {
  const { io, json } = session;
  // Standard output goes to a file or a pipe, so the person at the terminal sees only this progress.
  const showsProgress = io.stderr.isTerminal && !io.stdout.isTerminal;
  let left = [...ids];
  let done = 0;
  let failed = 0;
  const refused = new Map<string, ProblemError>();
  try {
    for (let hasProgress = true; hasProgress && left.length > 0; ) {
      hasProgress = false;
      const again: string[] = [];
      for (const id of left) {
        const result = await problemOr(() => work(id));
        if (result instanceof ProblemError) {
          if (hasDependents(result, left)) again.push(id);
          refused.set(id, result);
          continue;
        }
        refused.delete(id);
        if (result.failed === true) failed += 1;
        else done += 1;
        hasProgress = true;
        printLine(session, { [what]: id, ...result.answer }, () => result.text);
        if (showsProgress) io.err(`\r${done} of ${ids.length}`);
      }
      left = again;
    }
  } finally {
    if (showsProgress && done > 0) io.err('\n');
    if (io.signal.aborted) io.err(`${done} of ${pluralize(ids.length, what)} done.\n`);
  }
  for (const [id, problem] of refused) {
    if (json) {
      printLine(session, { [what]: id, problem: problemDocument(problem) }, () => '');
    } else {
      io.err(`\n${escapeForTerminal(id)}: `);
      await printFailure(problem, session, { ...session.written, ids: { [what.toUpperCase()]: id } });
    }
  }
  if (refused.size + failed === 0) return EXIT.done;
  return done > 0 ? EXIT.partly : EXIT.refused;
}

async function problemOr<Result>(work: () => Promise<Result>): Promise<Result | ProblemError> {
  try {
    return await work();
  } catch (error) {
    // The server fails or is busy after all retries, so the other ids would fail as well.
    if (error instanceof ProblemError && !isBusyOrFailed(error.status)) return error;
    throw error;
  }
}

function hasDependents({ code, members: { dependents } }: ProblemError, others: readonly string[]): boolean {
  return code === 'dependency-violation' && Array.isArray(dependents) && dependents.some((id) => others.includes(id));
}
