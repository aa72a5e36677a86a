import { inShort, problemBody } from '../http/problem.ts';
import type { OrderWithdrawal } from '../orders/withdraw-order.ts';
import { failed, type WebhookOutcome } from './outcome.ts';

/** What cannot be withdrawn because others depend on it is reported; the webhook can be replayed later. */
export function withdrawalOutcome(
  of: Readonly<Record<string, string>>,
  { withdrawn, pending, refused }: OrderWithdrawal,
): WebhookOutcome {
  const told = refused.map(({ license, refusal }) => ({ license, refusal: inShort(refusal).refusal }));
  const result = {
    ...of,
    withdrawn,
    pending,
    refused: told.map(({ license, refusal }) => ({ license, problem: problemBody(refusal) })),
  };
  const [first] = told;
  return first === undefined ? { state: 'done', result } : { ...failed(first.refusal), result };
}
