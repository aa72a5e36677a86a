import { problemBody } from '../http/problem.ts';
import type { OrderWithdrawal } from '../orders/withdraw-order.ts';
import { failed, type WebhookOutcome } from './outcome.ts';

/** What cannot be withdrawn because others depend on it is reported; the webhook can be replayed later. */
export function withdrawalOutcome(
  of: Readonly<Record<string, string>>,
  { withdrawn, pending, refused }: OrderWithdrawal,
): WebhookOutcome {
  const result = {
    ...of,
    withdrawn,
    pending,
    refused: refused.map(({ license, refusal }) => ({ license, problem: problemBody(refusal) })),
  };
  const [first] = refused;
  return first === undefined ? { state: 'done', result } : { ...failed(first.refusal), result };
}
