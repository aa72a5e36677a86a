/** What answers and moves show to have happened, counted for the summary. */
import type { Place } from './model.ts';
import { count } from './run.ts';

/** What an answer shows to have happened, for the summary. */
export function note(
  seen: Map<string, number>,
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
  count(seen, code !== undefined && statusCode >= 400 ? code : `${statusCode}`);
  if (status === 'withdrawn' || status === 'replaced') count(seen, `${status} at once`);
  if (status === 'cancelled' || status === 'unchanged') count(seen, status);
  if (text.startsWith('createReceipt') && status === 'confirmed') count(seen, 'receipt');
  if (text.startsWith('pushReprogramming') && status === 'issued') count(seen, 'push');
  if (status === 'previewed') return;
  for (const [name, list] of Object.entries(executed ?? {})) if (list.length > 0) count(seen, `executed ${name}`);
  if ((dropped ?? []).length > 0) count(seen, 'dropped');
}

export function noteMove(seen: Map<string, number>, before: Place, after: Place | undefined): void {
  if (before.on === 'way-out' && before.cause === 'deactivate' && after?.on === 'gone') {
    if (before.order?.kind === 'withdraw') count(seen, 'withdrawn after a return');
    if (before.order?.kind === 'replace') count(seen, 'offered after a return');
  }
  if (before.on === 'ticket' || before.on === 'gone' || before.order === undefined) return;
  if (after?.on !== before.on || after.order === undefined) return;
  if (JSON.stringify(before.order) !== JSON.stringify(after.order)) count(seen, 'order on an order');
}
