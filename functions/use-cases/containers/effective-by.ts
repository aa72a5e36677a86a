import { defined } from '../../../domain/defined.ts';
import { type Places, usableUntil } from '../../../domain/lease.ts';
import { effectiveByOf } from '../../../domain/license.ts';
import { isRenewal } from '../../../domain/sequence.ts';
import type { Terms } from '../../../domain/terms.ts';
import type { VendorActionDetails } from '../../../domain/vendor-action.ts';
import type { Dependencies } from '../../dependencies.ts';
import { putEffective } from '../../store/effective-item.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import type { Write } from '../../store/transactions.ts';
import { statementTime } from '../keys/sign-statement.ts';
import type { Container } from './container.ts';

/** The places where the container can stand (L3). */
export function placesOf({ head, outstanding }: Container): Places {
  return {
    confirmedIat: head.statement?.iat ?? 0,
    outstanding: outstanding.map(({ plannedAt, changes }) => ({ iat: statementTime(plannedAt), changes })),
  };
}

/**
 * The details of a withdrawal or replacement, with the time at which it is effective without a receipt (L3). From its
 * acceptance on, the container gets no lease and no update that holds the license, so the time does not change.
 */
export function withEffect(
  details: VendorActionDetails,
  license: StoredLicense,
  container: Container | undefined,
): VendorActionDetails {
  if (container === undefined) return details;
  const isInTarget = container.entries.get(license.id)?.held !== undefined;
  const until = usableUntil(license, isInTarget, placesOf(container), termsBeforeRenewals(license.id, container));
  return until === undefined ? details : { ...details, effectiveBy: new Date(until).toISOString() };
}

/** The terms from which the outstanding updates renew the license: a place before them holds it with those (N1). */
function termsBeforeRenewals(license: string, { outstanding }: Container): Terms[] {
  return outstanding.flatMap(({ changes }) =>
    changes.flatMap((change) =>
      change.step === 'replace' && change.op === 'remove' && isRenewal(change) && change.license.id === license
        ? [defined({ leaseDays: change.leaseDays })]
        : [],
    ),
  );
}

/** How many items {@link effectWrites} writes at most. */
export function itemsOfEffect({ terms }: StoredLicense): number {
  return terms.leaseDays === undefined ? 0 : 1;
}

/** The write by which the daily run finds the action when it is effective. */
export function effectWrites(
  dependencies: Dependencies,
  { id: license, ticket }: StoredLicense,
  { effectiveBy: by }: VendorActionDetails,
): Write[] {
  return by === undefined ? [] : [putEffective(dependencies, { license, ticket, by })];
}

/** `effectiveBy` as a member of an answer. */
export function effectOf({ standing }: StoredLicense): { readonly effectiveBy?: string } {
  const effectiveBy = effectiveByOf(standing);
  return effectiveBy === undefined ? {} : { effectiveBy };
}
