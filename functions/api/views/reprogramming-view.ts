import type { AnswerOf } from '../../../contract/endpoints.ts';
import type { ReprogrammingResult } from '../../use-cases/reprogramming/reprogramming-progress.ts';
import { type Answer, answer } from '../http/answer.ts';
import { refuse } from '../http/problem.ts';

/**
 * The answer to a request for a reprogramming: 202 while it is planned, with its address, else 200.
 * @param waitedSeconds how long the request waited at most: the answer names the preference that was applied (RFC 7240)
 */
export function answerReprogramming(result: ReprogrammingResult, waitedSeconds?: number): Answer {
  const response = answerResult(result);
  if (waitedSeconds === undefined) return response;
  return { ...response, headers: { ...response.headers, 'preference-applied': `wait=${waitedSeconds}` } };
}

function answerResult(result: ReprogrammingResult): Answer {
  if (result.kind === 'refused') return refuse(result.refusal);
  const { kind, id, executed, dropped, chain } = result;
  const view: AnswerOf<'createReprogramming'> = { id, status: kind, executed, dropped, ...chain };
  return kind === 'planned'
    ? answer(202, view, { location: `/depot/reprogrammings/${id}`, 'retry-after': '1' })
    : answer(200, view);
}
