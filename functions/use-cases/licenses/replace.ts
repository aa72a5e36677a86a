import { defined } from '../../../domain/defined.ts';
import { changedTerms, fixEnd } from '../../../domain/duration.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { type License, type Reservation, type TicketLicense, termsOnceRenewed } from '../../../domain/license.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { criticalTerms, type Renewal, type Terms } from '../../../domain/terms.ts';
import { base32 } from '../../../domain/ticket-code.ts';
import {
  decideReplacement,
  type VendorActionDecision,
  type VendorActionDetails,
} from '../../../domain/vendor-action.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { discardWrites } from '../../store/discard-replacement.ts';
import { expiryWrites } from '../../store/expiry-item.ts';
import { productOrderKey } from '../../store/keys.ts';
import { findLicense, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { getOrder } from '../../store/order-item.ts';
import { getProduct } from '../../store/product-item.ts';
import { put, type Write } from '../../store/transactions.ts';
import type { Container } from '../containers/container.ts';
import { effectOf, effectWrites, withEffect } from '../containers/effective-by.ts';
import { pendingWrites, vendorActionHistory, withEarmark } from '../containers/pending-writes.ts';
import { faultOfContent, NOT_A_TERM } from '../orders/deliver-order.ts';
import {
  actionDetails,
  applyVendorAction,
  optionalViewOf,
  type PreparedAction,
  refuseIfBlocked,
  type VendorAction,
  type VendorActionResult,
} from './vendor-action.ts';

export interface ReplacementRequest {
  readonly product?: string | undefined;
  /** All terms of the new license. */
  readonly terms?: Terms | undefined;
  /** The terms that differ from those of the old license. */
  readonly changes?: Terms | undefined;
  /** Terms that a program must know; those of the old license unless given. */
  readonly crit?: readonly string[] | undefined;
  readonly reason?: string | undefined;
}

export type Replacement =
  | { readonly status: 'replaced'; readonly license: StoredLicense }
  | {
      readonly status: 'pending';
      readonly container: string;
      readonly license: StoredLicense;
      /** The time at which the old license cannot be used any more without a receipt (L3). */
      readonly effectiveBy?: string;
    };

const RANDOM_BYTES = 10;
const RANDOM_CHARACTERS = 16;
const ORDINAL_CHARACTERS = 4;

/**
 * Replaces a license by a new one: at once and on the ticket if it is available (R1, R5), otherwise in its container at the
 * next reprogramming (R2, R3).
 * @param extraWrites makes writes that are committed in the same transaction.
 */
export async function replaceLicense(
  dependencies: Dependencies,
  vendor: VendorActor,
  id: string,
  request: ReplacementRequest,
  attempt: Attempt,
  extraWrites?: (result: Replacement) => readonly Write[],
): Promise<VendorActionResult<Replacement>> {
  const newId = `${id.slice(0, ORDINAL_CHARACTERS)}${base32(attempt.deriveBytes('license', RANDOM_BYTES), RANDOM_CHARACTERS)}`;
  // Retry: the first attempt derived the same id and may have made the license.
  const existing = attempt.isRetry ? await findLicense(dependencies, newId) : undefined;
  if (existing !== undefined) return { kind: 'done', result: await resultOfExisting(dependencies, existing) };
  const ordered = actionDetails(dependencies, request.reason);
  const action: VendorAction<Replacement> = {
    ...defined({ extraWrites }),
    async decide(license, container) {
      const made = await makeReplacement(dependencies, license, newId, request);
      if ('refusal' in made) return { kind: 'refused', refusal: made.refusal };
      const { replacement } = made;
      const details = withEffect(ordered, license, container);
      const current = await currentReplacement(dependencies, license);
      const view = optionalViewOf(container);
      const decision = refuseIfBlocked(decideReplacement(license, replacement, current, view, details), container);
      switch (decision.kind) {
        case 'refused':
          return decision;
        case 'unchanged': {
          if (current === undefined) throw new Error(`Bug: the replacement of license ${id} is missing`);
          const { container: serial } = decision;
          return {
            kind: 'unchanged',
            result: { status: 'pending', container: serial, license: current, ...effectOf(license) },
          };
        }
        case 'at-once':
          return replaceAtOnce(dependencies, vendor, { license, replacement, container, decision, details });
        case 'pending':
          return replaceInContainer(dependencies, vendor, { license, replacement, container, decision, details });
      }
    },
  };
  return applyVendorAction(dependencies, id, action);
}

async function resultOfExisting(dependencies: Dependencies, license: StoredLicense): Promise<Replacement> {
  const { standing } = license;
  const reservation = standing.at === 'available' ? standing.reservation : undefined;
  if (reservation?.for !== 'replace') return { status: 'replaced', license };
  const old = await findLicense(dependencies, reservation.predecessor);
  return { status: 'pending', container: reservation.container, license, ...(old === undefined ? {} : effectOf(old)) };
}

/** An accepted replacement, and the license and the container as they were read. */
interface AcceptedReplacement<Kind extends VendorActionDecision['kind']> {
  readonly license: StoredLicense;
  readonly replacement: TicketLicense;
  readonly container: Container | undefined;
  readonly decision: Extract<VendorActionDecision, { readonly kind: Kind }>;
  readonly details: VendorActionDetails;
}

/** The new license of a replacement, not yet stored. A test license is replaced by a test license. */
function newLicense(old: StoredLicense, replacement: TicketLicense, reservation?: Reservation): StoredLicense {
  const standing = defined({ at: 'available' as const, reservation });
  return defined({ ...replacement, standing, predecessor: old.id, test: old.test, revision: 0 });
}

/** R1, and R5 for an assigned license: the assignment passes to the new one. */
async function replaceAtOnce(
  dependencies: Dependencies,
  vendor: VendorActor,
  { license, replacement, container, decision, details }: AcceptedReplacement<'at-once'>,
): Promise<PreparedAction<Replacement>> {
  const { standing } = license;
  const reservation = standing.at === 'available' ? standing.reservation : undefined;
  const fresh = newLicense(license, replacement, reservation);
  const { id, orderId } = fresh;
  const why = defined({ reason: details.reason });
  const offered = { type: 'license.offered', license: id, orderId, predecessor: license.id, ...why } as const;
  const more = { successor: id, ...why };
  const writes = [
    putLicense(dependencies, { ...license, standing: { at: 'replaced' }, successor: id }),
    putLicense(dependencies, fresh),
    ...expiryWrites(dependencies, fresh),
    ...(await productOrderWrites(dependencies, license, fresh)),
    ...(container !== undefined && decision.pending !== undefined
      ? pendingWrites(dependencies, container, decision.pending)
      : []),
    ...vendorActionHistory(dependencies, vendor, license, container?.serial, 'license.replaced', more, [offered]),
  ];
  return { kind: 'commit', writes, result: { status: 'replaced', license: fresh } };
}

/** R2, R3: the old license is earmarked, and the new one is reserved until the container's receipt confirms the exchange. */
async function replaceInContainer(
  dependencies: Dependencies,
  vendor: VendorActor,
  { license, replacement, container, decision, details }: AcceptedReplacement<'pending'>,
): Promise<PreparedAction<Replacement>> {
  if (container === undefined) throw new Error(`Bug: the container of license ${license.id} was not read`);
  const { serial } = container;
  const { at: orderedAt, ...why } = details;
  const fresh = newLicense(license, replacement, {
    for: 'replace',
    container: serial,
    predecessor: license.id,
    ...defined({ reason: details.reason }),
  });
  const discarded = await discardWrites(dependencies, decision.discard);
  const earmarked = withEarmark(
    license,
    defined({ action: 'replace' as const, replacement: fresh.id, renewed: renewalsOf(license), orderedAt, ...why }),
  );
  const more = { successor: fresh.id, ...why };
  const { entries } = discarded;
  const writes = [
    putLicense(dependencies, earmarked),
    putLicense(dependencies, fresh),
    ...expiryWrites(dependencies, fresh),
    ...(await productOrderWrites(dependencies, license, fresh)),
    ...effectWrites(dependencies, license, details),
    ...pendingWrites(dependencies, container, decision.pending),
    ...discarded.writes,
    ...vendorActionHistory(dependencies, vendor, license, serial, 'replacement.ordered', more, entries),
  ];
  return {
    kind: 'commit',
    writes,
    result: { status: 'pending', container: serial, license: fresh, ...effectOf(earmarked) },
  };
}

/** The terms of renewals that are pending, or that an earlier pending replacement includes. */
function renewalsOf({ standing }: License): Renewal | undefined {
  const earmark = standing.at === 'collected' || standing.at === 'returned' ? standing.earmark : undefined;
  return earmark?.terms ?? earmark?.renewed;
}

/** The lookup item that finds the order by the product of the new license. It exists if the product stays the same. */
async function productOrderWrites(
  dependencies: Dependencies,
  old: StoredLicense,
  { product, orderId }: StoredLicense,
): Promise<Write[]> {
  if (product === old.product) return [];
  const order = await getOrder(dependencies, orderId);
  if (order === undefined) throw new Error(`Bug: license ${old.id} has no order`);
  return [put(dependencies, productOrderKey(product, order.createdAt, orderId), { orderId })];
}

type MadeReplacement = { readonly replacement: TicketLicense } | { readonly refusal: Refusal };

/**
 * Makes the new license: the old license's product and its terms, renewed if a renewal is pending, unless the request has others, its critical terms, and what the product requires
 * today. Writes nothing. Refused with `invalid-request` if the product is unknown or the license is too large.
 */
export async function makeReplacement(
  dependencies: Dependencies,
  license: License,
  id: string,
  request: ReplacementRequest,
): Promise<MadeReplacement> {
  const code = request.product ?? license.product;
  const product = await getProduct(dependencies, code);
  if (product === undefined) return invalid('product', `there is no product ${code}`);
  const sold = changedTerms(request.terms ?? termsOnceRenewed(license), request.changes ?? {});
  const terms = fixEnd(sold, 'delivery', dependencies.now().getTime());
  const missing = (request.crit ?? []).findIndex((name) => !Object.hasOwn(terms, name));
  if (missing >= 0) return invalid(`crit.${missing}`, NOT_A_TERM);
  const { requires } = product;
  const crit = criticalTerms(request.crit ?? license.crit, terms);
  const fault = faultOfContent({ product: code, terms, requires, crit });
  if (fault !== undefined) return invalid('terms', fault);
  const { ticket, orderId } = license;
  return { replacement: { id, product: code, terms, requires, ...defined({ crit }), ticket, orderId } };
}

function invalid(path: string, message: string): { readonly refusal: Refusal } {
  return { refusal: { code: 'invalid-request', errors: [{ path, message }] } };
}

/** The new license of an earlier replacement that is pending or carried out by an outstanding update. */
export async function currentReplacement(
  dependencies: Dependencies,
  { standing, successor }: License,
): Promise<StoredLicense | undefined> {
  const earmark = standing.at === 'collected' || standing.at === 'returned' ? standing.earmark : undefined;
  const isUnderWay = standing.at === 'returned' && standing.cause === 'replace';
  const current = isUnderWay ? successor : earmark?.replacement;
  return current === undefined ? undefined : findLicense(dependencies, current);
}
