import { defined } from '../../../domain/defined.ts';
import { changedTerms } from '../../../domain/duration.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { licensePending } from '../../../domain/license.ts';
import { changesOfRenewal, type Renewal } from '../../../domain/terms.ts';
import { decideRenewal, type VendorActionDecision, type VendorActionDetails } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { expiryWrites } from '../../store/expiry-item.ts';
import { putLicense, type StoredLicense } from '../../store/license-item.ts';
import type { Write } from '../../store/transactions.ts';
import type { Container } from '../containers/container.ts';
import { pendingWrites, vendorActionHistory, withEarmark } from '../containers/pending-writes.ts';
import { faultOfContent } from '../orders/deliver-order.ts';
import { CANCELLED_EVENTS, withoutPendingAction } from './cancel.ts';
import { currentReplacement } from './replace.ts';
import {
  actionDetails,
  applyVendorAction,
  optionalViewOf,
  type PreparedAction,
  refuseIfBlocked,
  type VendorAction,
  type VendorActionResult,
} from './vendor-action.ts';

export interface RenewalRequest {
  readonly expiresAt?: string | undefined;
  readonly maintenanceUntil?: string | undefined;
  readonly leaseDays?: number | undefined;
  readonly reason?: string | undefined;
}

export type Renewed =
  | { readonly status: 'renewed'; readonly license: StoredLicense }
  | { readonly status: 'pending'; readonly container: string };

/**
 * Renews a license in place (N1): at once if it is available, otherwise at its container's next reprogramming. While a
 * replacement is pending, the new license gets the terms.
 * @param extraWrites makes writes that are committed in the same transaction.
 */
export async function renewLicense(
  dependencies: Dependencies,
  vendor: VendorActor,
  id: string,
  { reason, ...terms }: RenewalRequest,
  extraWrites?: (result: Renewed) => readonly Write[],
): Promise<VendorActionResult<Renewed>> {
  const renewal: Renewal = defined(terms);
  const details = actionDetails(dependencies, reason);
  const action: VendorAction<Renewed> = {
    ...defined({ extraWrites }),
    async decide(license, container) {
      const isReplaced = licensePending(license.standing)?.action === 'replace';
      const replacement = isReplaced ? await currentReplacement(dependencies, license) : undefined;
      const view = optionalViewOf(container);
      const decision = refuseIfBlocked(decideRenewal(license, renewal, replacement, view, details), container);
      if (decision.kind === 'refused') return decision;
      const { terms: content, product, requires, crit } = replacement ?? license;
      const fault = faultOfContent({ product, terms: changedTerms(content, renewal), requires, crit });
      if (fault !== undefined)
        return { kind: 'refused', refusal: { code: 'invalid-request', errors: [{ path: '', message: fault }] } };
      switch (decision.kind) {
        case 'unchanged':
          return { kind: 'unchanged', result: { status: 'pending', container: decision.container } };
        case 'at-once':
          return renewAtOnce(dependencies, vendor, { license, container, decision, renewal, details });
        case 'pending':
          return replacement === undefined
            ? renewInContainer(dependencies, vendor, { license, container, decision, renewal, details })
            : renewReplacement(dependencies, vendor, replacement, {
                license,
                container,
                decision,
                renewal,
                details,
              });
      }
    },
  };
  return applyVendorAction(dependencies, id, action);
}

/** An accepted renewal, and the license and the container as they were read. */
interface AcceptedRenewal<Kind extends VendorActionDecision['kind']> {
  readonly license: StoredLicense;
  readonly container: Container | undefined;
  readonly decision: Extract<VendorActionDecision, { readonly kind: Kind }>;
  readonly renewal: Renewal;
  readonly details: VendorActionDetails;
}

/** The license gets its terms now, or has them: then a vendor action that waited for its container ends. */
function renewAtOnce(
  dependencies: Dependencies,
  vendor: VendorActor,
  { license, container, decision, renewal, details }: AcceptedRenewal<'at-once'>,
): PreparedAction<Renewed> {
  const why = defined({ reason: details.reason });
  const pending =
    container === undefined || decision.pending === undefined
      ? []
      : pendingWrites(dependencies, container, decision.pending);
  const terms = license.standing.at === 'available' ? changesOfRenewal(license.terms, renewal) : undefined;
  if (terms !== undefined) {
    const renewed = withTerms(license, terms);
    const writes = [
      putLicense(dependencies, renewed),
      ...expiryWrites(dependencies, withChanged(license, terms)),
      ...pending,
      ...vendorActionHistory(dependencies, vendor, license, container?.serial, 'license.renewed', {
        renewed: terms,
        ...why,
      }),
    ];
    return { kind: 'commit', writes, result: { status: 'renewed', license: renewed } };
  }
  const ended = license.standing.at === 'available' ? undefined : licensePending(license.standing);
  if (ended === undefined) return { kind: 'unchanged', result: { status: 'renewed', license } };
  const kept = { ...license, standing: withoutPendingAction(license.standing) };
  const writes = [
    putLicense(dependencies, kept),
    ...pending,
    ...vendorActionHistory(dependencies, vendor, license, ended.container, CANCELLED_EVENTS[ended.action], why),
  ];
  return { kind: 'commit', writes, result: { status: 'renewed', license: kept } };
}

/** The license is earmarked: its terms change with the next update, or with the receipt for its return. */
function renewInContainer(
  dependencies: Dependencies,
  vendor: VendorActor,
  { license, container, decision, details }: AcceptedRenewal<'pending'>,
): PreparedAction<Renewed> {
  const { serial } = present(container, license);
  const action = decision.pending.find((one) => one.action === 'renew' && one.license === license.id);
  if (action?.action !== 'renew') throw new Error(`Bug: the renewal of license ${license.id} is not pending`);
  const { at: orderedAt, ...why } = details;
  const { terms } = action;
  const writes = [
    putLicense(dependencies, withEarmark(license, { action: 'renew', terms, orderedAt, ...why })),
    ...expiryWrites(dependencies, withChanged(license, terms)),
    ...pendingWrites(dependencies, present(container, license), decision.pending),
    ...vendorActionHistory(dependencies, vendor, license, serial, 'renewal.ordered', { renewed: terms, ...why }),
  ];
  return { kind: 'commit', writes, result: { status: 'pending', container: serial } };
}

/** The new license of a replacement that waits gets the terms now. */
function renewReplacement(
  dependencies: Dependencies,
  vendor: VendorActor,
  replacement: StoredLicense,
  { license, container, decision, renewal, details }: AcceptedRenewal<'pending'>,
): PreparedAction<Renewed> {
  const { serial } = present(container, license);
  const result: Renewed = { status: 'pending', container: serial };
  const terms = changesOfRenewal(replacement.terms, renewal);
  if (terms === undefined) return { kind: 'unchanged', result };
  const more = { renewed: terms, predecessor: license.id, ...defined({ reason: details.reason }) };
  const writes = [
    putLicense(dependencies, withTerms(replacement, terms)),
    ...expiryWrites(dependencies, withChanged(replacement, terms)),
    putLicense(dependencies, withRenewed(license, terms)),
    ...pendingWrites(dependencies, present(container, license), decision.pending),
    ...vendorActionHistory(dependencies, vendor, replacement, serial, 'license.renewed', more),
  ];
  return { kind: 'commit', writes, result };
}

/** A repeated order of the replacement has the terms of the renewal, too (W7). */
function withRenewed(license: StoredLicense, terms: Renewal): StoredLicense {
  const earmark = 'earmark' in license.standing ? license.standing.earmark : undefined;
  if (earmark === undefined) throw new Error(`Bug: license ${license.id} has no pending replacement`);
  return withEarmark(license, { ...earmark, renewed: { ...earmark.renewed, ...terms } });
}

/** The license's end, if the renewal changes it: an end that stays has its item (N3). */
function withChanged({ id, ticket }: StoredLicense, terms: Renewal): Pick<StoredLicense, 'id' | 'ticket' | 'terms'> {
  return { id, ticket, terms };
}

function withTerms(license: StoredLicense, terms: Renewal): StoredLicense {
  return { ...license, terms: changedTerms(license.terms, terms) };
}

function present(container: Container | undefined, { id }: StoredLicense): Container {
  if (container === undefined) throw new Error(`Bug: the container of license ${id} was not read`);
  return container;
}
