import type { Style } from '../terminal/style.ts';
import { escapeForTerminal, pluralize } from '../terminal/text.ts';
import { formatContainerName } from './short-serial.ts';

const STATES: Readonly<Record<string, string>> = {
  available: 'available',
  'collected-without-receipt': 'collected, no receipt',
  'confirmed-collected': 'confirmed collected',
  'returned-without-receipt': 'returned, no receipt',
  withdrawn: 'withdrawn',
  replaced: 'replaced',
};

/** The name of a license's state; an unknown state is returned unchanged. */
export function formatState(state: string): string {
  return Object.hasOwn(STATES, state) ? (STATES[state] ?? state) : state;
}

/** Green: available. Yellow: a receipt is missing. Red: withdrawn or replaced. */
export function paintState(style: Style, state: string, cell: string): string {
  switch (state) {
    case 'available':
      return style.green(cell);
    case 'collected-without-receipt':
    case 'returned-without-receipt':
      return style.yellow(cell);
    case 'withdrawn':
    case 'replaced':
      return style.red(cell);
    default:
      return cell;
  }
}

/** `2026-11-25 02:10:33` in UTC, or only the date at midnight. */
export function formatTime(time: string | undefined): string {
  if (time === undefined) return '';
  const [, day, clock] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/.exec(time) ?? [];
  if (day === undefined) return escapeForTerminal(time);
  return clock === '00:00:00' ? day : `${day} ${clock}`;
}

/** A time at which something ends. Of midnight it is the last day that is included, as the options take it. */
export function formatEnd(time: string): string {
  const milliseconds = Date.parse(time);
  if (!/T00:00:00(?:\.0+)?Z$/.test(time) || Number.isNaN(milliseconds)) return formatTime(time);
  return `end of ${new Date(milliseconds - 1).toISOString().slice(0, 10)}`;
}

/** The vendor's reference to the customer: a text, or several named texts. */
export function formatCustomer(customer: string | Readonly<Record<string, string>> | undefined): string {
  if (customer === undefined || typeof customer === 'string') return customer ?? '';
  const { name } = customer;
  return (
    name ??
    Object.entries(customer)
      .map(([key, value]) => `${key}: ${value}`)
      .join(', ')
  );
}

interface Duration {
  readonly length: string;
  readonly from: string;
}

interface Terms {
  readonly expiresAt?: string | undefined;
  readonly maintenanceUntil?: string | undefined;
  readonly quantity?: number | undefined;
  readonly features?: readonly string[] | undefined;
  readonly leaseDays?: number | undefined;
  readonly duration?: Duration | undefined;
  readonly [own: string]: string | number | boolean | readonly string[] | Duration | undefined;
}

function isList(value: Terms[string]): value is readonly string[] {
  return Array.isArray(value);
}

export function formatTerms({
  expiresAt,
  maintenanceUntil,
  quantity,
  features = [],
  leaseDays,
  duration,
  ...own
}: Terms): string {
  return [
    ...(expiresAt === undefined ? [] : [`expires ${formatEnd(expiresAt)}`]),
    ...(maintenanceUntil === undefined ? [] : [`maintenance until ${formatEnd(maintenanceUntil)}`]),
    ...(quantity === undefined ? [] : [`quantity ${quantity}`]),
    ...(features.length === 0 ? [] : [features.join(' + ')]),
    ...(leaseDays === undefined ? [] : [`${leaseDays === 1 ? '1 day' : `${leaseDays} days`} without contact`]),
    ...(duration === undefined ? [] : [`${duration.length} from ${duration.from}`]),
    ...Object.entries(own).map(([name, value]) => `${name} ${isList(value) ? value.join(' + ') : value}`),
  ].join(', ');
}

interface Pending {
  readonly action: string;
  readonly replacement?: string | undefined;
  readonly replacementProduct?: string | undefined;
  /** The terms that a renewal changes. */
  readonly terms?: Parameters<typeof formatTerms>[0] | undefined;
}

/** The vendor action that no update has carried out yet. */
export function formatPending(pending: Pending | undefined): string {
  if (pending === undefined) return '';
  const { action, replacement, replacementProduct, terms } = pending;
  if (terms !== undefined) return `${action}: ${formatTerms(terms)}`;
  if (replacement === undefined) return action;
  return `${action} by ${replacement}${replacementProduct === undefined ? '' : ` (${replacementProduct})`}`;
}

/** `3 days ago`: how long ago a time was. A time that is not past yet, by another clock, is `just now`. */
export function formatAge(time: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(time)) / MINUTE_MILLISECONDS);
  if (!(minutes >= 1)) return 'just now';
  if (minutes < 60) return `${pluralize(minutes, 'minute')} ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${pluralize(hours, 'hour')} ago` : `${pluralize(Math.floor(hours / 24), 'day')} ago`;
}

const MINUTE_MILLISECONDS = 60_000;

interface Waiting extends Pending {
  readonly orderedAt: string;
  readonly waitsFor: 'update' | 'receipt';
  readonly container: string;
  readonly containerName?: string | undefined;
  readonly lastContactAt?: string | undefined;
  readonly effectiveBy?: string | undefined;
}

/** A pending action in a list, with its age: `withdraw, 3 days ago`. */
export function formatPendingSince(pending: Omit<Waiting, 'containerName' | 'lastContactAt'>, now: number): string {
  const receipt = pending.waitsFor === 'receipt' ? ', waits for the receipt' : '';
  return `${formatPending(pending)}, ${formatAge(pending.orderedAt, now)}${receipt}`;
}

/** What a pending action waits for, since when, and when its container was last seen. */
export function formatWaiting(pending: Waiting, now: number): string {
  const { waitsFor, container, containerName, orderedAt, lastContactAt, effectiveBy } = pending;
  const awaited = waitsFor === 'update' ? 'next update' : 'receipt';
  const seen = lastContactAt === undefined ? 'never seen' : `last seen ${formatTime(lastContactAt).slice(0, DAY)}`;
  const action = escapeForTerminal(formatPending(pending));
  const where = formatContainerName(container, containerName);
  return `${action} waits for the ${awaited} of ${where}, ordered ${formatAge(orderedAt, now)}; ${seen}${effectiveBy === undefined ? '' : `; ${formatUsable(effectiveBy)}`}`;
}

const DAY = 'YYYY-MM-DD'.length;

/** Until when a leased license can be used, whether or not the receipt of its withdrawal arrives. */
export function formatUsable(effectiveBy: string): string {
  return `is usable until ${formatTime(effectiveBy)} UTC at the latest`;
}
