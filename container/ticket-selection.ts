import { defined } from '../protocol/defined.ts';
import type { TicketLicense } from './depot.ts';
import type { ActionReason } from './depot-request.ts';

/** A license of the ticket that was not activated, and why. */
export interface LeftOut {
  readonly license: string;
  readonly product: string;
  /** A reason of the HTTP contract, or `in-another-container`. */
  readonly reason: string;
  /** The other container. */
  readonly container?: string;
}

/** What a ticket has for a container. */
export interface TicketOffer {
  /** Licenses that can be activated, those without requirements first. */
  readonly free: readonly TicketLicense[];
  /** Ids of licenses that are in this container already, or on their way into it. */
  readonly here: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Sorts the licenses of a ticket. Licenses that require nothing come first, so that in several rounds no license comes before
 * one that it requires.
 *
 * @param now milliseconds since 1970, by the clock of this machine
 */
export function offerOf(licenses: readonly TicketLicense[], serial: string, now: number): TicketOffer {
  const free: TicketLicense[] = [];
  const here: string[] = [];
  const leftOut: LeftOut[] = [];
  for (const license of licenses) {
    const { id, product, container } = license;
    const reason = reasonAgainst(license, serial, now);
    if (reason === undefined) free.push(license);
    else if (reason === 'here') here.push(id);
    else leftOut.push({ license: id, product, reason, ...defined({ container }) });
  }
  free.sort((one, other) => one.requires.length - other.requires.length);
  return { free, here, leftOut };
}

/** Why a license cannot be activated; `undefined` if nothing speaks against it. The server decides in the end. */
function reasonAgainst(license: TicketLicense, serial: string, now: number): string | undefined {
  const { state, container, pendingFor = serial, onOffer, availableFrom, expiresAt } = license;
  if (state === 'available') {
    if (pendingFor !== serial) return 'reserved-elsewhere';
    if (!onOffer || (availableFrom !== undefined && Date.parse(availableFrom) > now)) return 'not-available';
    return expiresAt !== undefined && Date.parse(expiresAt) <= now ? 'expired' : undefined;
  }
  const isHeld = state === 'confirmed-collected' || state === 'collected-without-receipt';
  if (isHeld && container === serial) return 'here';
  return container !== undefined && container !== serial ? 'in-another-container' : 'not-available';
}

/**
 * The activations among refused actions, as licenses that are left out; `undefined` if another action was refused, too: the
 * user has named that one.
 */
export function leftOutBy(
  refused: readonly ActionReason[],
  asked: readonly TicketLicense[],
): readonly LeftOut[] | undefined {
  const leftOut: LeftOut[] = [];
  for (const { action, license, reason } of refused) {
    const found = asked.find(({ id }) => id === license);
    if (action !== 'activate' || found === undefined) return undefined;
    leftOut.push({ license, product: found.product, reason });
  }
  return leftOut.length === 0 ? undefined : leftOut;
}
