import type { AnswerOf } from '../../../contract/endpoints.ts';
import { containerOf, type Standing, stateOf } from '../../../domain/license.ts';
import { licenseOfAction, type PendingAction } from '../../../domain/pending.ts';
import type { Head } from '../../store/container-head-item.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import { type Container, remainingPending, targetLicenses } from '../../use-cases/containers/container.ts';

/** What is shown of what is stored. */

export type LicenseView = AnswerOf<'getLicense'>;
type DepotLicenseView = Omit<LicenseView, 'orderId' | 'predecessor' | 'successor'>;
type PendingView = NonNullable<LicenseView['pending']>;
type AutoUpdateView = AnswerOf<'findAutoUpdates'>['items'][number];
type ContainerView = AnswerOf<'getContainer'>;

/** What a ticket shows to its user. `confirmed` tells the confirmed counter of the license's container. */
export function depotLicense(license: StoredLicense, confirmed: (standing: Standing) => number): DepotLicenseView {
  const { id, ticket, product, terms, requires, standing } = license;
  const container = standing.at === 'available' ? undefined : containerOf(standing);
  const pending = pendingFor(standing);
  return {
    id,
    ticket,
    product,
    terms,
    requires,
    state: stateOf(standing, confirmed(standing)),
    ...(container === undefined ? {} : { container }),
    ...(pending === undefined ? {} : { pending }),
  };
}

/** What the vendor sees: with the order, and with the links of a replacement. */
export function vendorLicense(license: StoredLicense, confirmed: (standing: Standing) => number): LicenseView {
  const { orderId, predecessor, successor, test } = license;
  return {
    ...depotLicense(license, confirmed),
    orderId,
    ...(predecessor === undefined ? {} : { predecessor }),
    ...(successor === undefined ? {} : { successor }),
    ...(test === true ? { test } : {}),
  };
}

function pendingFor(standing: Standing): PendingView | undefined {
  if (standing.at === 'available') {
    const { reservation } = standing;
    if (reservation?.for !== 'assign') return undefined;
    const { container, orderedAt, reason } = reservation;
    return { action: 'assign', container, orderedAt, ...(reason === undefined ? {} : { reason }) };
  }
  if (standing.at !== 'collected' && standing.at !== 'returned') return undefined;
  const { earmark, container } = standing;
  return earmark === undefined ? undefined : { ...earmark, container };
}

export function autoUpdate(action: PendingAction): AutoUpdateView {
  return {
    action: action.action,
    license: licenseOfAction(action),
    ...(action.action === 'replace' ? { replacement: action.replacement.id } : {}),
    orderedAt: action.orderedAt,
    ...(action.reason === undefined ? {} : { reason: action.reason }),
    ...(action.overdueAt === undefined ? {} : { overdueAt: action.overdueAt }),
  };
}

/** `counter` and `digest` are the last confirmed ones; `licenses` is the target content. */
export function containerView(container: Container): ContainerView {
  return {
    ...standingOf(container.head),
    licenses: targetLicenses(container),
    pending: remainingPending(container).map(autoUpdate),
    outstanding: container.outstanding.map((one) => one.id),
  };
}

/** A container in a list, as its head alone tells it. */
export function containerSummary(head: Head): AnswerOf<'listContainers'>['items'][number] {
  return {
    ...standingOf(head),
    pendingCount: head.pendingCount,
    outstandingCount: head.issued.counter - head.confirmed.counter,
  };
}

function standingOf({ serial, status, confirmed, issued, firstSeenAt, lastContactAt, retirement }: Head) {
  return {
    serial,
    counter: confirmed.counter,
    digest: confirmed.digest,
    status: status === 'active' ? ('active' as const) : ('retired' as const),
    target: issued,
    firstSeenAt,
    ...(lastContactAt === undefined ? {} : { lastContactAt }),
    ...(retirement === undefined ? {} : { retirement }),
  };
}
