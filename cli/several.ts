import { ProblemError } from '../client/index.ts';
import { escapeForTerminal, pluralize } from '../terminal/text.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { printLine } from './output.ts';
import { printFailure, problemDocument } from './refusals.ts';
import type { Session } from './session.ts';

/** Work on each of several ids. */
export interface Several {
  readonly ids: readonly string[];
  /** What one id stands for, in the line of JSON and in words: `license`. */
  readonly what: string;
  /** Does one; `inWords` is the line for people. */
  work(id: string): Promise<{ readonly answer: object; readonly inWords: string }>;
}

/**
 * Does it for each, one after the other, and goes on when one is refused. What is refused because another of them depends
 * on it is tried again once that one is done, so that their order does not matter.
 */
export async function runForEach(session: Session, { ids, what, work }: Several): Promise<ExitCode> {
  const { io, json } = session;
  let left = [...ids];
  let done = 0;
  const refused = new Map<string, ProblemError>();
  try {
    for (let isMoving = true; isMoving && left.length > 0; ) {
      isMoving = false;
      const again: string[] = [];
      for (const id of left) {
        const result = await attempt(() => work(id));
        if (result instanceof ProblemError) {
          const waits = dependsOnOthers(result, left);
          if (waits) again.push(id);
          refused.set(id, result);
          continue;
        }
        refused.delete(id);
        done += 1;
        isMoving = true;
        printLine(session, { [what]: id, ...result.answer }, () => result.inWords);
        if (io.stderr.isTerminal && io.stdout.isTerminal === false) io.err(`\r${done} of ${ids.length}`);
      }
      left = again;
    }
  } finally {
    if (io.stderr.isTerminal && io.stdout.isTerminal === false && done > 0) io.err('\n');
    if (io.signal.aborted) io.err(`${done} of ${pluralize(ids.length, what)} done.\n`);
  }
  for (const [id, problem] of refused) {
    if (json) {
      printLine(session, { [what]: id, problem: problemDocument(problem) }, () => '');
    } else {
      io.err(`\n${escapeForTerminal(id)}: `);
      await printFailure(problem, session);
    }
  }
  if (refused.size === 0) return EXIT.done;
  return done > 0 ? EXIT.partly : EXIT.refused;
}

async function attempt<Result>(work: () => Promise<Result>): Promise<Result | ProblemError> {
  try {
    return await work();
  } catch (error) {
    // Broken or busy beyond all retries: the rest would fare no better.
    if (error instanceof ProblemError && error.status < 500 && error.status !== 429) return error;
    throw error;
  }
}

function dependsOnOthers({ code, members: { dependents } }: ProblemError, others: readonly string[]): boolean {
  return code === 'dependency-violation' && Array.isArray(dependents) && dependents.some((id) => others.includes(id));
}
