import type { AnswerOf } from '../../../contract/endpoints.ts';
import { defined } from '../../../domain/defined.ts';
import { holderOf, isOnOffer, type LicenseState, licensePending } from '../../../domain/license.ts';
import { licenseOfAction, type PendingAction } from '../../../domain/pending.ts';
import type { Head } from '../../store/container-head-item.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import { type Container, remainingPending, targetLicenses } from '../../use-cases/containers/container.ts';

export type LicenseView = AnswerOf<'getLicense'>;
type DepotLicenseView = Omit<LicenseView, 'orderId' | 'predecessor' | 'successor'>;
type AutoUpdateView = AnswerOf<'findAutoUpdates'>['items'][number];
type ContainerView = AnswerOf<'getContainer'>;

/** A license as the user of its ticket sees it. */
export function depotLicense(license: StoredLicense, state: LicenseState): DepotLicenseView {
  const { id, ticket, product, terms, requires, standing } = license;
  return {
    id,
    ticket,
    product,
    terms,
    requires,
    state,
    ...defined({ container: holderOf(standing), pending: licensePending(standing) }),
    ...(isOnOffer(standing) ? {} : { onOffer: false }),
  };
}

/** A license as the vendor sees it: with its order, and with the ids of the licenses that it replaced or that replaced it. */
export function vendorLicense(license: StoredLicense, state: LicenseState): LicenseView {
  const { orderId, predecessor, successor, test } = license;
  return {
    ...depotLicense(license, state),
    orderId,
    ...defined({ predecessor, successor, test }),
  };
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

/** A container in a list: the members that its head has. */
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
