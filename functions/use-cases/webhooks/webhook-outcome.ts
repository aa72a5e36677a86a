import type { Fault } from '../../../contract/parse-input.ts';
import { refusalDocument, shortenRefusal } from '../../../contract/problems.ts';
import { assertNever } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { OrderEntry } from '../../store/history-items.ts';
import type { StoredWebhook } from '../../store/webhook-item.ts';
import type { OrderRenewal } from '../licenses/renew-order.ts';
import type { OrderWithdrawal } from '../licenses/withdraw-order.ts';
import { type RevisionResult, refusedUnits } from '../orders/revise-order.ts';

/** The members of a stored webhook that processing it sets. */
export type WebhookOutcome = Pick<StoredWebhook, 'state' | 'result' | 'problem'>;

export interface ProcessedWebhook {
  readonly outcome: WebhookOutcome;
  /** Id of the order that the webhook delivered, or that delivers nothing; other webhooks may wait for it. */
  readonly settledOrder?: string;
  /** Events of an order beside those of its licenses. */
  readonly history?: readonly OrderEntry[];
}

/** The outcome of a refused webhook. The refusal is shortened, because it is stored in one item with the webhook's body. */
export function failedOutcome(refusal: Refusal): WebhookOutcome {
  return { state: 'failed', problem: refusalDocument(shortenRefusal(refusal).refusal) };
}

/** The outcome of a webhook whose body is invalid, or does not say which licenses to withdraw: a person has to decide. */
export function invalidOutcome(errors: readonly Fault[], orderId?: string): WebhookOutcome {
  const failed = failedOutcome({ code: 'invalid-request', errors });
  return orderId === undefined ? failed : { ...failed, result: { orderId } };
}

/** The outcome of a revised order. A refused revision can be replayed later. */
export function revisionOutcome(orderId: string, result: RevisionResult): WebhookOutcome {
  switch (result.kind) {
    case 'revised': {
      const { number: revision, units } = result.revised;
      return { state: 'done', result: { orderId, revision, units: units.map((unit) => ({ ...unit })) } };
    }
    case 'units-refused': {
      const [first, ...rest] = result.units;
      const few = [first, ...rest].slice(0, MAX_REFUSED_UNITS);
      const shortened = few.map((unit) => ({ ...unit, refusal: shortenRefusal(unit.refusal).refusal }));
      return { ...failedOutcome(first.refusal), result: { orderId, units: refusedUnits(shortened) } };
    }
    case 'refused':
      return { ...failedOutcome(result.refusal), result: { orderId } };
    case 'stale':
      throw new Error('Bug: a webhook expects no revision');
    default:
      return assertNever(result);
  }
}

/** Refused units that a webhook's result names: it is stored in one item with the webhook's body. */
const MAX_REFUSED_UNITS = 100;

/** The outcome of a webhook that changes nothing, and why. */
export function ignoredOutcome(reason: string, orderId?: string): WebhookOutcome {
  return { state: 'ignored', result: orderId === undefined ? { reason } : { orderId, reason } };
}

/**
 * The outcome of withdrawing an order's licenses: `failed` with the first refusal if there is one, and then the webhook can be
 * replayed later.
 * @param subject members of the result that name what was withdrawn: an order, a refund.
 */
export function withdrawalOutcome(
  subject: Readonly<Record<string, string>>,
  { withdrawn, pending, refused }: OrderWithdrawal,
): WebhookOutcome {
  return outcomeOfLicenses({ ...subject, withdrawn, pending }, refused);
}

/** The outcome of renewing an order's licenses, as that of {@link withdrawalOutcome}. */
export function renewalOutcome(
  subject: Readonly<Record<string, string>>,
  { renewed, pending, refused }: OrderRenewal,
): WebhookOutcome {
  return outcomeOfLicenses({ ...subject, renewed, pending }, refused);
}

function outcomeOfLicenses(
  accepted: Readonly<Record<string, unknown>>,
  refused: OrderRenewal['refused'],
): WebhookOutcome {
  const shortened = refused.map(({ license, refusal }) => ({ license, refusal: shortenRefusal(refusal).refusal }));
  const result = {
    ...accepted,
    refused: shortened.map(({ license, refusal }) => ({ license, problem: refusalDocument(refusal) })),
  };
  const [first] = shortened;
  return first === undefined ? { state: 'done', result } : { ...failedOutcome(first.refusal), result };
}
