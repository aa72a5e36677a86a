import { refusalDocument, shortenRefusal } from '../../../contract/problems.ts';
import type { OrderWithdrawal } from '../licenses/withdraw-order.ts';
import { failed, type WebhookOutcome } from './outcome.ts';

/** What cannot be withdrawn because others depend on it is reported; the webhook can be replayed later. */
export function withdrawalOutcome(
  of: Readonly<Record<string, string>>,
  { withdrawn, pending, refused }: OrderWithdrawal,
): WebhookOutcome {
  const response = refused.map(({ license, refusal }) => ({ license, refusal: shortenRefusal(refusal).refusal }));
  const result = {
    ...of,
    withdrawn,
    pending,
    refused: response.map(({ license, refusal }) => ({ license, problem: refusalDocument(refusal) })),
  };
  const [first] = response;
  return first === undefined ? { state: 'done', result } : { ...failed(first.refusal), result };
}
