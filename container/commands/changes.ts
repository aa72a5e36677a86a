import type { AppliedUpdate, Cause } from '../../protocol/index.ts';
import { counted, shown } from '../terminal.ts';

const DONE: Readonly<Record<Cause, string>> = {
  withdraw: 'withdrawn by the vendor',
  deactivate: 'deactivated',
  assign: 'assigned by the vendor',
  replace: 'replaced by the vendor',
  activate: 'activated',
};

/** What applied updates did to the container, a line for each license. */
export function changesInWords(applied: readonly AppliedUpdate[], skipped: number): string {
  const lines = applied.flatMap(({ payload, operations }) => [
    `Applied update ${payload.to.counter} (reprogramming ${shown(payload.jti)}): ${counted(operations.length, 'change')}.`,
    ...operations.map((operation) =>
      operation.op === 'remove'
        ? `  - ${shown(operation.license)}, ${DONE[operation.cause]}`
        : `  + ${shown(operation.license.id)} (${shown(operation.license.product)}), ${DONE[operation.cause]}`,
    ),
  ]);
  if (skipped > 0) lines.push(`Skipped ${counted(skipped, 'update')} that the container has already.`);
  return lines.map((line) => `${line}\n`).join('');
}
