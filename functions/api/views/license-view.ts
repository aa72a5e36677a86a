import type { AnswerOf } from '../../../contract/endpoints.ts';
import { defined } from '../../../domain/defined.ts';
import { shownTerms } from '../../../domain/duration.ts';
import { holderOf, isOnOffer, type LicenseState, licensePending } from '../../../domain/license.ts';
import { licenseOfAction } from '../../../domain/pending.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { Head } from '../../store/container-head-item.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import { type Container, targetLicenses } from '../../use-cases/containers/container.ts';
import { loadContents, loadPending, type NamedAction } from '../../use-cases/containers/container-contents.ts';

export type LicenseView = AnswerOf<'getLicense'>;
type DepotLicenseView = Omit<LicenseView, 'orderId' | 'predecessor' | 'successor'>;
type AutoUpdateView = AnswerOf<'findAutoUpdates'>['items'][number];
type ContainerView = AnswerOf<'getContainer'>;

/** A license as the user of its ticket sees it. */
export function depotLicense(license: StoredLicense, state: LicenseState): DepotLicenseView {
  const { id, ticket, product, terms, requires, crit, standing } = license;
  return {
    id,
    ticket,
    product,
    terms: shownTerms(terms),
    requires,
    ...defined({ crit }),
    state,
    ...defined({ container: holderOf(standing), pending: licensePending(standing) }),
    ...(isOnOffer(standing) ? {} : { onOffer: false }),
  };
}

/**
 * A license as the vendor sees it: with its order, with the ids of the licenses that it replaced or that replaced it, and with
 * the vendor's name for its container.
 * @param head of the container that it is in, or that its pending action waits for
 */
export function vendorLicense(license: StoredLicense, state: LicenseState, head: Head | undefined): LicenseView {
  const { orderId, predecessor, successor, test } = license;
  const { pending, ...view } = depotLicense(license, state);
  const names = defined({ containerName: head?.name });
  return {
    ...view,
    ...(view.container === undefined ? {} : names),
    ...(pending === undefined
      ? {}
      : { pending: { ...pending, ...names, ...defined({ lastContactAt: head?.lastContactAt }) } }),
    orderId,
    ...defined({ predecessor, successor, test }),
  };
}

export function autoUpdate({ action, product, replacementProduct }: NamedAction): AutoUpdateView {
  const { orderedAt, reason, effectiveBy, overdueAt } = action;
  return {
    action: action.action,
    license: licenseOfAction(action),
    ...defined({ product }),
    ...(action.action === 'replace' ? { replacement: action.replacement.id, ...defined({ replacementProduct }) } : {}),
    ...(action.action === 'renew' ? { terms: action.terms } : {}),
    orderedAt,
    ...defined({ reason, effectiveBy, overdueAt }),
  };
}

/** The pending vendor actions of a container. */
export async function viewPending(
  dependencies: Dependencies,
  container: Container,
): Promise<AnswerOf<'getContainerAutoUpdates'>> {
  const { serial, name, lastContactAt } = container.head;
  return {
    container: serial,
    ...defined({ name, lastContactAt }),
    items: (await loadPending(dependencies, container)).map(autoUpdate),
  };
}

/** `counter` and `digest` are the last confirmed ones; `licenses` is the target content. */
export async function viewContainer(dependencies: Dependencies, container: Container): Promise<ContainerView> {
  return {
    ...standingOf(container.head),
    contents: await loadContents(dependencies, container),
    licenses: targetLicenses(container),
    pending: (await loadPending(dependencies, container)).map(autoUpdate),
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

function standingOf({
  serial,
  name,
  note,
  status,
  confirmed,
  issued,
  firstSeenAt,
  lastContactAt,
  statement,
  retirement,
}: Head) {
  return {
    serial,
    ...defined({ name, note }),
    counter: confirmed.counter,
    digest: confirmed.digest,
    status: status === 'active' ? ('active' as const) : ('retired' as const),
    target: issued,
    firstSeenAt,
    ...(lastContactAt === undefined ? {} : { lastContactAt }),
    ...(statement === undefined
      ? {}
      : { newestStatement: { at: timeOf(statement.iat), ...(statement.kid === '' ? {} : { kid: statement.kid }) } }),
    ...(retirement === undefined ? {} : { retirement }),
  };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
