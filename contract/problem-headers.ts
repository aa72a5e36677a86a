import type { AnswerHeader } from './docs.ts';
import type { ProblemCode } from './problems.ts';

/** Headers that a problem of this code always has. */
export const PROBLEM_HEADERS: Readonly<Partial<Record<ProblemCode, readonly AnswerHeader[]>>> = {
  'reprogramming-in-flight': ['retry-after'],
  'idempotency-key-in-use': ['retry-after'],
  'too-many-requests': ['retry-after'],
  'identity-provider-unavailable': ['retry-after'],
};
