import type { AnswerOf } from '../../../contract/endpoints.ts';
import { defined } from '../../../domain/defined.ts';
import type { KeySet, SignedKeySet } from '../../../protocol/index.ts';
import type { ReprogrammingResult } from '../../use-cases/reprogramming/reprogramming-progress.ts';
import { type Answer, answer } from '../http/answer.ts';
import { refuse } from '../http/problem.ts';

export interface AnswerOptions {
  /** How long the request waited at most: the answer names the preference that was applied (RFC 7240). */
  readonly waitedSeconds?: number | undefined;
  /** The key sets that the container lacks (K2). */
  readonly keySets?: readonly KeySet[] | undefined;
  /** The lease that the context gets (L2). */
  readonly lease?: string | undefined;
  /** `iat` of the remembered context, if the context of the request is not newer (C1). */
  readonly late?: number | undefined;
}

/** The answer to a request for a reprogramming: 202 while it is planned, with its address, else 200. */
export function answerReprogramming(
  result: ReprogrammingResult,
  { waitedSeconds, ...statements }: AnswerOptions = {},
): Answer {
  const response = answerResult(result, statements);
  if (waitedSeconds === undefined) return response;
  return { ...response, headers: { ...response.headers, 'preference-applied': `wait=${waitedSeconds}` } };
}

/** Key sets as a member of an answer; none if there are none. */
export function keySetsView(keySets: readonly KeySet[]): { readonly keySets?: readonly SignedKeySet[] } {
  return keySets.length === 0 ? {} : { keySets: keySets.map(({ signed }) => signed) };
}

function answerResult(
  result: ReprogrammingResult,
  { keySets = [], lease, late }: Omit<AnswerOptions, 'waitedSeconds'>,
): Answer {
  if (result.kind === 'refused') return refuse(result.refusal);
  const { kind, id, executed, dropped, chain } = result;
  const view: AnswerOf<'createReprogramming'> = {
    id,
    status: kind,
    executed,
    dropped,
    ...keySetsView(keySets),
    ...chain,
    ...defined({ lease, late }),
  };
  return kind === 'planned'
    ? answer(202, view, { location: `/depot/reprogrammings/${id}`, 'retry-after': '1' })
    : answer(200, view);
}
