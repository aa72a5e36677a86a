import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { defined } from '../../../domain/defined.ts';
import type { HistoryEntry } from '../../../domain/history.ts';
import { holderOf, isFinal, isOnTicket, termsOnceRenewed } from '../../../domain/license.ts';
import type { Dependencies } from '../../dependencies.ts';
import { type Expiry, expiriesBetween, putReported, removeExpiry } from '../../store/expiry-item.ts';
import { orderHistory } from '../../store/history-items.ts';
import { expiryPositionKey } from '../../store/keys.ts';
import { getLicense } from '../../store/license-item.ts';
import { pageOfProducts } from '../../store/product-item.ts';
import { getItem } from '../../store/queries.ts';
import { commit } from '../../store/transactions.ts';

export interface ExpiryReport {
  readonly expiring: number;
  readonly expired: number;
}

/** Days before its end at which a license is reported, unless its product names others. */
const DEFAULT_EXPIRY_NOTICES: readonly number[] = [30, 7, 1];

const DAY_MS = 24 * 3600 * 1000;
const PAGE = 100;
/** The next run continues. */
const MAX_PAGES = 200;

/**
 * Emits `license.expiring` the days before the end of a license that its product names, and `license.expired` when the end
 * has passed, once each (N3). For each number of days it reads only the ends that came so near since the last run.
 */
export async function reportExpiries(dependencies: Dependencies): Promise<ExpiryReport> {
  const now = dependencies.now().getTime();
  const last = await lastRun(dependencies, now);
  const notices = await noticesByProduct(dependencies);
  const distances = [...new Set([...DEFAULT_EXPIRY_NOTICES, ...[...notices.values()].flat()])];
  let expiring = 0;
  for (const days of distances.sort((one, other) => other - one)) {
    const from = new Date(Math.max(last + days * DAY_MS, now)).toISOString();
    const to = new Date(now + days * DAY_MS).toISOString();
    expiring += await forEachExpiry(dependencies, from, to, (expiry) =>
      reportExpiring(dependencies, expiry, days, notices),
    );
  }
  const expired = await forEachExpiry(dependencies, '', new Date(now).toISOString(), (expiry) =>
    reportExpired(dependencies, expiry),
  );
  await dependencies.documents.send(
    new PutCommand({
      TableName: dependencies.tableName,
      Item: { ...expiryPositionKey, at: new Date(now).toISOString() },
    }),
  );
  return { expiring, expired };
}

const position = z.object({ at: z.string() });

/** When the last run started, in milliseconds since 1970; the first run looks one day back. */
async function lastRun(dependencies: Dependencies, now: number): Promise<number> {
  const item = await getItem(dependencies, expiryPositionKey);
  return item === undefined ? now - DAY_MS : Date.parse(position.parse(item).at);
}

/** The products that have notices of their own. */
async function noticesByProduct(dependencies: Dependencies): Promise<ReadonlyMap<string, readonly number[]>> {
  const notices = new Map<string, readonly number[]>();
  for (let cursor: string | undefined; ; ) {
    const page = await pageOfProducts(dependencies, PAGE, cursor);
    for (const { code, expiryNotices } of page.items) {
      if (expiryNotices !== undefined) notices.set(code, expiryNotices);
    }
    cursor = page.next;
    if (cursor === undefined) return notices;
  }
}

/** @returns how many events `report` has emitted. */
async function forEachExpiry(
  dependencies: Dependencies,
  from: string,
  to: string,
  report: (expiry: Expiry) => Promise<number>,
): Promise<number> {
  let reported = 0;
  let after: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await expiriesBetween(dependencies, from, to, PAGE, after);
    for (const expiry of page.items) reported += await report(expiry);
    after = page.next;
    if (after === undefined) return reported;
  }
  // The position stays where it is, so the next run reads the same ends; what was reported is not reported again.
  throw new Error(`More than ${MAX_PAGES * PAGE} licenses end between ${from} and ${to}: run the report again`);
}

async function reportExpiring(
  dependencies: Dependencies,
  expiry: Expiry,
  days: number,
  notices: ReadonlyMap<string, readonly number[]>,
): Promise<number> {
  if (expiry.reported.includes(days)) return 0;
  const entry = await entryFor(dependencies, expiry, { type: 'license.expiring', days });
  if (entry === undefined) return 0;
  const { product, event } = entry;
  if (!(notices.get(product) ?? DEFAULT_EXPIRY_NOTICES).includes(days)) return 0;
  const writes = [
    putReported(dependencies, expiry, days),
    ...orderHistory(dependencies, { kind: 'system' }, event.container, [event]),
  ];
  return (await commit(dependencies, writes)) === 'committed' ? 1 : 0;
}

async function reportExpired(dependencies: Dependencies, expiry: Expiry): Promise<number> {
  const entry = await entryFor(dependencies, expiry, { type: 'license.expired' });
  const history =
    entry === undefined ? [] : orderHistory(dependencies, { kind: 'system' }, entry.event.container, [entry.event]);
  const committed = await commit(dependencies, [removeExpiry(dependencies, expiry), ...history]);
  return committed === 'committed' && entry !== undefined ? 1 : 0;
}

/**
 * The event of an end; `undefined` if the license is gone, was never on offer, or has another end: a renewal that is pending
 * counts, because the vendor has renewed the license.
 */
async function entryFor(
  dependencies: Dependencies,
  { license: id, ticket, expiresAt }: Expiry,
  event: Pick<HistoryEntry, 'type' | 'days'>,
) {
  const license = await getLicense(dependencies, ticket, id);
  if (license === undefined || isFinal(license.standing) || !isOnTicket(license.standing)) return undefined;
  if (termsOnceRenewed(license).expiresAt !== expiresAt) return undefined;
  const { orderId, product, standing } = license;
  return { product, event: defined({ ...event, license: id, orderId, container: holderOf(standing), expiresAt }) };
}
