import type { Answer } from '../../client/index.ts';
import { short } from '../shared/api.ts';
import type { Texts } from '../shared/text.ts';

export type TicketLicense = Answer<'getTicket'>['licenses'][number];

/** What a person can do with a license of a ticket in this browser. */
export type Possible = 'activate' | 'return' | undefined;

export interface Described {
  readonly state: string;
  /** Further sentences: the vendor's pending change, its reason, and the end that comes near. */
  readonly notes: readonly string[];
  readonly possible: Possible;
}

const DAY_MILLISECONDS = 86_400_000;
const EXPIRES_SOON_DAYS = 30;

/** The state of a license in plain words, as the owner of the container `own` sees it. */
export function describeLicense(license: TicketLicense, own: string | undefined, texts: Texts, now: number): Described {
  const { state, possible } = standing(license, own, texts, now);
  return { state, notes: [...pendingNotes(license, texts), ...endNotes(license, texts, now)], possible };
}

function standing(
  license: TicketLicense,
  own: string | undefined,
  { text, time }: Texts,
  now: number,
): Pick<Described, 'state' | 'possible'> {
  const { state, container, pending } = license;
  const isOwn = container !== undefined && container === own;
  const named = { container: short(container ?? pending?.container ?? '') };
  switch (state) {
    case 'confirmed-collected':
      return isOwn
        ? { state: text('state.here'), possible: 'return' }
        : { state: text('state.elsewhere', named), possible: undefined };
    case 'collected-without-receipt':
      return { state: text(isOwn ? 'state.arriving-here' : 'state.arriving-elsewhere', named), possible: undefined };
    case 'returned-without-receipt':
      return { state: text('state.leaving', named), possible: undefined };
    default:
  }
  if (license.onOffer === false) return { state: text('state.waits-to-replace'), possible: undefined };
  if (pending?.action === 'assign') {
    const isForUs = pending.container === own;
    return {
      state: text(isForUs ? 'state.reserved-here' : 'state.reserved-elsewhere', {
        container: short(pending.container),
      }),
      possible: undefined,
    };
  }
  const availableFrom = 'availableFrom' in license ? String(license.availableFrom) : undefined;
  if (availableFrom !== undefined && Date.parse(availableFrom) > now)
    return { state: text('state.free-from', { time: time(availableFrom) }), possible: undefined };
  const { expiresAt } = license.terms;
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now)
    return { state: text('state.expired'), possible: undefined };
  return { state: text('state.free'), possible: 'activate' };
}

function pendingNotes({ pending }: TicketLicense, { text }: Texts): string[] {
  if (pending === undefined || pending.action === 'assign') return [];
  const action: string = pending.action;
  const note =
    action === 'withdraw'
      ? text('state.vendor-withdraw')
      : action === 'replace'
        ? text('state.vendor-replace')
        : text('state.vendor-renew');
  return [note, ...(pending.reason === undefined ? [] : [text('state.because', { reason: pending.reason })])];
}

function endNotes({ terms: { expiresAt } }: TicketLicense, { counted }: Texts, now: number): string[] {
  if (expiresAt === undefined) return [];
  const days = Math.ceil((Date.parse(expiresAt) - now) / DAY_MILLISECONDS);
  return days > 0 && days <= EXPIRES_SOON_DAYS ? [counted('state.expiring', days)] : [];
}
