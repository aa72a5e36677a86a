import {
  type ProblemCode,
  type ProblemDocument,
  problemDocument,
  refusalDocument,
} from '../../../contract/problems.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Answer } from './answer.ts';

/** A problem document as an answer. `more` are the code's own members. */
export function problem(
  code: ProblemCode,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return answerProblem(problemDocument(code, detail, more), headers);
}

/** A refusal as an answer. A client may retry after two seconds when a reprogramming or a revision of the order is under way. */
export function refuse(refusal: Refusal): Answer {
  return answerProblem(
    refusalDocument(refusal),
    refusal.code === 'reprogramming-in-flight' || refusal.code === 'order-in-revision' ? { 'retry-after': '2' } : {},
  );
}

function answerProblem(document: ProblemDocument, headers: Readonly<Record<string, string>>): Answer {
  return {
    status: document.status,
    body: document,
    headers: { 'content-type': 'application/problem+json', ...headers },
  };
}
