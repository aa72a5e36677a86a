import type { AppliedUpdate, Operation } from '../../protocol/index.ts';
import { escapeForTerminal, pluralize } from '../../terminal/text.ts';
import type { Executed } from '../depot.ts';
import { formatLicenseName, type LicenseNames } from './license-names.ts';

/** What the applied updates did to the container. It is read from their operations, because these are signed. */
export function formatChanges(applied: readonly AppliedUpdate[], skipped: number, names: LicenseNames): string {
  const lines = applied.flatMap(({ payload, operations }) => [
    `Applied update ${payload.to.counter} (reprogramming ${escapeForTerminal(payload.jti)}):`,
    ...formatSteps(executedBy(operations), names),
  ]);
  if (skipped > 0) lines.push(`Skipped ${pluralize(skipped, 'update')} that the container has applied before.`);
  return lines.map((line) => `${line}\n`).join('');
}

/** A line per step of the sequence that did something. */
export function formatSteps(
  { withdraw, deactivate, assign, replace, activate }: Executed,
  names: LicenseNames,
): string[] {
  const named = (id: string): string => formatLicenseName(id, names);
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ['withdraw', withdraw.map(named)],
    ['deactivate', deactivate.map(named)],
    ['assign', assign.map(named)],
    [
      'replace',
      replace.map((pair) =>
        pair.old === pair.new ? `${named(pair.old)} (renewed)` : `${named(pair.old)} -> ${named(pair.new)}`,
      ),
    ],
    ['activate', activate.map(named)],
  ];
  const done = steps.filter(([, licenses]) => licenses.length > 0);
  if (done.length === 0) return ['  nothing'];
  return done.map(
    ([step, licenses]) => `  ${step.padEnd(10)}  ${pluralize(licenses.length, 'license')}: ${formatFirst(licenses)}`,
  );
}

const SHOWN = 5;

function formatFirst(licenses: readonly string[]): string {
  const first = licenses.slice(0, SHOWN).join(', ');
  return licenses.length > SHOWN ? `${first} and ${licenses.length - SHOWN} more` : first;
}

function executedBy(operations: readonly Operation[]): Executed {
  const put = (cause: string): string[] =>
    operations.flatMap((one) => (one.op === 'put' && one.cause === cause ? [one.license.id] : []));
  const removed = (cause: string): string[] =>
    operations.flatMap((one) => (one.op === 'remove' && one.cause === cause ? [one.license] : []));
  const successors = put('replace');
  return {
    withdraw: removed('withdraw'),
    deactivate: removed('deactivate'),
    assign: put('assign'),
    // The server lists old and new licenses in the same order.
    replace: removed('replace').map((old, index) => ({ old, new: successors[index] ?? '' })),
    activate: put('activate'),
  };
}
