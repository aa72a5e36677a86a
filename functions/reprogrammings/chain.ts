import type { PlannedChange } from '../../domain/sequence.ts';
import { normalizeLicense, type Operation, type Update } from '../../protocol/index.ts';
import { loadReprogrammings, loadUpdates } from '../containers/container.ts';
import type { Runtime } from '../ports.ts';

/** The chain of issued updates from `counter` (exclusive) to `to` (inclusive), byte for byte the same each time (T1, T4). */
export async function chainFrom(runtime: Runtime, serial: string, counter: number, to: number): Promise<Update[]> {
  if (counter >= to) return [];
  const [plans, updates] = await Promise.all([
    loadReprogrammings(runtime, serial, counter + 1, to),
    loadUpdates(runtime, serial, counter + 1, to),
  ]);
  const plansByCounter = new Map(plans.map((plan) => [plan.counter, plan]));
  return updates.map(({ counter: at, jws }) => {
    const plan = plansByCounter.get(at);
    if (plan === undefined) throw new Error(`The plan of update ${at} of ${serial} is missing`);
    return { jws, operations: plan.changes.map(operationOf) };
  });
}

function operationOf(change: PlannedChange): Operation {
  if (change.op === 'remove') return { op: 'remove', license: change.license.id, cause: change.step } as Operation;
  const { id, product, terms, requires } = change.license;
  return { op: 'put', license: normalizeLicense({ id, product, terms, requires }), cause: change.step } as Operation;
}
