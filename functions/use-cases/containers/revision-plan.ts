import { containerOf, ticketLicenseOf } from '../../../domain/license.ts';
import type { PendingAction } from '../../../domain/pending.ts';
import type { LicenseRevision } from '../../../domain/revised-container.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import type { StoredOrder } from '../../store/order-item.ts';
import type { OrderRevision, RevisedUnit } from '../../store/order-revision-item.ts';
import type { OrderSettlement } from '../../store/order-settlement-item.ts';
import type { Container } from './container.ts';

/** What is done with one license, or with the license that is new. */
export interface PlannedUnit {
  readonly outcome: RevisedUnit['outcome'];
  readonly index: number;
  /** The license of the unit as it was read; absent for an added unit. */
  readonly old?: StoredLicense | undefined;
  /** The license that waits to replace the old one; it is discarded. */
  readonly discard?: string | undefined;
  /** Whether the license stays as it is. */
  readonly isUnchanged: boolean;
  /** The new license of a replaced or added unit. */
  readonly fresh?: StoredLicense | undefined;
  readonly details: LicenseRevision['details'];
}

/** A container that a revision concerns, and its pending actions afterwards. */
export interface RevisedContainer {
  readonly container: Container;
  readonly pending: readonly PendingAction[];
}

export interface RevisionPlan {
  /** The order after the revision; `revision` as it was read. */
  readonly order: StoredOrder;
  readonly revision: OrderRevision;
  readonly units: readonly PlannedUnit[];
  readonly containers: ReadonlyMap<string, RevisedContainer>;
  /** All licenses of the ticket as they were read. */
  readonly licenses: readonly StoredLicense[];
  /** As it was read before the licenses. */
  readonly settlement: OrderSettlement | undefined;
}

/** What the unit changes in its container. */
export function revisionsOf({ outcome, old: license, isUnchanged, fresh, details }: PlannedUnit): LicenseRevision[] {
  if (license === undefined || isUnchanged) return [];
  if (outcome === 'kept') return [{ license, details, action: 'undo' }];
  if (outcome === 'withdrawn') return [{ license, details, action: 'withdraw' }];
  if (fresh === undefined) throw new Error(`Bug: license ${license.id} has no new license`);
  return [{ license, details, action: 'replace', replacement: ticketLicenseOf(fresh) }];
}

/** The container that the unit's license is in, or assigned to. */
export function containerOfUnit({ old }: PlannedUnit): string | undefined {
  return old === undefined ? undefined : containerOf(old.standing);
}
