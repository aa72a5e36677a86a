/** Counts what answers and moves show to have happened, for the summary. */
import type { Place } from './model.ts';
import { count } from './run.ts';

/** Counts what an answer shows to have happened. */
export function countAnswer(
  coverage: Map<string, number>,
  text: string,
  statusCode: number,
  body: Readonly<Record<string, unknown>>,
): void {
  const { code, status, executed, dropped } = body as {
    code?: string;
    status?: string;
    executed?: Record<string, unknown[]>;
    dropped?: unknown[];
  };
  count(coverage, code !== undefined && statusCode >= 400 ? code : `${statusCode}`);
  if (status === 'withdrawn' || status === 'replaced' || status === 'renewed') count(coverage, `${status} at once`);
  if (status === 'cancelled' || status === 'unchanged') count(coverage, status);
  if (text.startsWith('createReceipt') && status === 'confirmed') count(coverage, 'receipt');
  if (text.startsWith('pushReprogramming') && status === 'issued') count(coverage, 'push');
  if (status === 'previewed') return;
  for (const [name, list] of Object.entries(executed ?? {})) if (list.length > 0) count(coverage, `executed ${name}`);
  if ((dropped ?? []).length > 0) count(coverage, 'dropped');
}

export function countMove(coverage: Map<string, number>, before: Place, after: Place | undefined): void {
  if (before.on === 'way-out' && before.cause === 'deactivate' && after?.on === 'gone') {
    if (before.order?.kind === 'withdraw') count(coverage, 'withdrawn after a return');
    if (before.order?.kind === 'replace') count(coverage, 'offered after a return');
  }
  if (before.on === 'ticket' || before.on === 'gone' || before.order === undefined) return;
  if (after?.on !== before.on || after.order === undefined) return;
  if (JSON.stringify(before.order) !== JSON.stringify(after.order)) count(coverage, 'order on an order');
}
