import type { VendorActor } from '../../../domain/history.ts';
import type { License, TicketLicense } from '../../../domain/license.ts';
import { MAX_LICENSE_CONTENT_BYTES } from '../../../domain/limits.ts';
import type { Terms } from '../../../domain/terms.ts';
import { base32 } from '../../../domain/ticket-code.ts';
import { decideReplacement } from '../../../domain/vendor-action.ts';
import type { Attempt } from '../../attempt.ts';
import type { Dependencies } from '../../dependencies.ts';
import { productOrderKey } from '../../store/keys.ts';
import { findLicense, putLicense, type StoredLicense } from '../../store/license-item.ts';
import { getProduct } from '../../store/product-item.ts';
import { put, type Write } from '../../store/transactions.ts';
import type { Container } from '../containers/container.ts';
import { contentBytes } from '../orders/deliver-order.ts';
import {
  applyVendorAction,
  discardWrites,
  isBlocked,
  type Prepared,
  pendingWrites,
  retired,
  type VendorAction,
  type VendorActionResult,
  vendorActionEvent,
  viewFor,
} from './vendor-action.ts';

export interface ReplacementRequest {
  readonly product?: string | undefined;
  readonly terms?: Terms | undefined;
  readonly reason?: string | undefined;
}

export type Replacement =
  | { readonly status: 'replaced'; readonly license: StoredLicense }
  | { readonly status: 'pending'; readonly container: string; readonly license: StoredLicense };

const RANDOM_BYTES = 10;
const RANDOM_CHARACTERS = 16;
const ORDINAL_CHARACTERS = 4;

/**
 * Replaces a license by a new one: on the ticket at once when it is available (R1, R5), otherwise in its container (R2, R3).
 * `extraWrites` is written with it.
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
  // Its id was drawn before: then an earlier run of the same request has made it.
  const made = attempt.isRetry ? await findLicense(dependencies, newId) : undefined;
  if (made !== undefined) return { kind: 'done', result: standingOf(made) };
  const at = dependencies.now().toISOString();
  const details = { at, ...pick(request.reason) };
  const order: VendorAction<Replacement> = {
    ...(extraWrites === undefined ? {} : { extraWrites }),
    async decide(license, container): Promise<Prepared<Replacement>> {
      const made = await makeReplacement(dependencies, license, newId, request);
      if ('refusal' in made) return { kind: 'refused', refusal: made.refusal };
      const current = await currentReplacement(dependencies, license);
      const decision = decideReplacement(license, made.replacement, current, viewFor(container), details);
      switch (decision.kind) {
        case 'refused':
          return decision;
        case 'unchanged': {
          if (current === undefined) throw new Error(`The replacement of ${id} is missing`);
          return { kind: 'unchanged', result: { status: 'pending', container: decision.container, license: current } };
        }
        case 'at-once':
          return replaceAtOnce(
            dependencies,
            vendor,
            license,
            made.replacement,
            container,
            decision.pending,
            request.reason,
          );
        case 'pending': {
          const { standing } = license;
          if (container === undefined || (standing.at !== 'collected' && standing.at !== 'returned')) {
            throw new Error(`License ${id} is in no container`);
          }
          if (isBlocked(container)) return retired(container);
          const fresh: StoredLicense = {
            ...made.replacement,
            standing: {
              at: 'available',
              reservation: { for: 'replace', container: container.serial, predecessor: id },
            },
            predecessor: id,
            revision: 0,
          };
          const discarded = await discardWrites(dependencies, decision.discard);
          const earmark = { action: 'replace', replacement: newId, orderedAt: at, ...pick(request.reason) } as const;
          const more = { successor: newId, ...pick(request.reason) };
          const writes = [
            putLicense(dependencies, { ...license, standing: { ...standing, earmark } }),
            putLicense(dependencies, fresh),
            soldWrite(dependencies, fresh),
            ...pendingWrites(dependencies, container, decision.pending),
            ...discarded.writes,
            ...vendorActionEvent(
              dependencies,
              vendor,
              license,
              container.serial,
              'replacement.ordered',
              more,
              discarded.entries,
            ),
          ];
          return { kind: 'commit', writes, result: { status: 'pending', container: container.serial, license: fresh } };
        }
      }
    },
  };
  return applyVendorAction(dependencies, id, order);
}

function standingOf(license: StoredLicense): Replacement {
  const { standing } = license;
  const reservation = standing.at === 'available' ? standing.reservation : undefined;
  return reservation?.for === 'replace'
    ? { status: 'pending', container: reservation.container, license }
    : { status: 'replaced', license };
}

/** R1, and R5 for an assigned license: the assignment passes to the new one. */
function replaceAtOnce(
  dependencies: Dependencies,
  vendor: VendorActor,
  license: StoredLicense,
  replacement: TicketLicense,
  container: Container | undefined,
  pending: Parameters<typeof pendingWrites>[2] | undefined,
  reason: string | undefined,
): Prepared<Replacement> {
  const { standing } = license;
  const reservation = standing.at === 'available' ? standing.reservation : undefined;
  const fresh: StoredLicense = {
    ...replacement,
    standing: reservation === undefined ? { at: 'available' } : { at: 'available', reservation },
    predecessor: license.id,
    revision: 0,
  };
  const offered = {
    type: 'license.offered',
    license: fresh.id,
    orderId: fresh.orderId,
    predecessor: license.id,
  } as const;
  const more = { successor: fresh.id, ...pick(reason) };
  const writes = [
    putLicense(dependencies, { ...license, standing: { at: 'replaced' }, successor: fresh.id }),
    putLicense(dependencies, fresh),
    soldWrite(dependencies, fresh),
    ...(container !== undefined && pending !== undefined ? pendingWrites(dependencies, container, pending) : []),
    ...vendorActionEvent(dependencies, vendor, license, container?.serial, 'license.replaced', more, [offered]),
  ];
  return { kind: 'commit', writes, result: { status: 'replaced', license: fresh } };
}

/** The order is found by the product that came into it, too. */
function soldWrite(dependencies: Dependencies, { product, orderId }: StoredLicense): Write {
  return put(dependencies, productOrderKey(product, orderId), { orderId });
}

type NewLicense =
  | { readonly replacement: TicketLicense }
  | { readonly refusal: Extract<Prepared<never>, { kind: 'refused' }>['refusal'] };

/** The new license: the old terms and product unless the order names others; what the product requires today. */
export async function makeReplacement(
  dependencies: Dependencies,
  license: License,
  id: string,
  request: ReplacementRequest,
): Promise<NewLicense> {
  const code = request.product ?? license.product;
  const product = await getProduct(dependencies, code);
  if (product === undefined) {
    return {
      refusal: { code: 'invalid-request', errors: [{ path: 'product', message: `there is no product ${code}` }] },
    };
  }
  const terms = (request.terms ?? license.terms) as Terms;
  if (contentBytes(code, terms, product.requires) > MAX_LICENSE_CONTENT_BYTES) {
    const message = `a license may have ${MAX_LICENSE_CONTENT_BYTES} bytes`;
    return { refusal: { code: 'invalid-request', errors: [{ path: 'terms', message }] } };
  }
  const { ticket, orderId } = license;
  return { replacement: { id, product: code, terms, requires: product.requires, ticket, orderId } };
}

/** The replacement that an earlier order has made: earmarked, or being put by an outstanding update. */
export async function currentReplacement(
  dependencies: Dependencies,
  { standing, successor }: License,
): Promise<StoredLicense | undefined> {
  const earmark = standing.at === 'collected' || standing.at === 'returned' ? standing.earmark : undefined;
  const isUnderWay = standing.at === 'returned' && standing.cause === 'replace';
  const current = isUnderWay ? successor : earmark?.replacement;
  return current === undefined ? undefined : findLicense(dependencies, current);
}

function pick(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
