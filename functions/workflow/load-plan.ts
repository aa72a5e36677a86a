import { loadReprogrammings } from '../containers/container.ts';
import type { PlannedWork, Runtime } from '../ports.ts';
import type { Reprogramming } from '../table/container-items.ts';

/** The plan that a task was handed. */
export async function loadPlan(runtime: Runtime, work: PlannedWork): Promise<Reprogramming> {
  const [planned] = await loadReprogrammings(runtime, work.container, work.counter, work.counter);
  if (planned?.id !== work.reprogramming) throw new Error(`The plan of ${work.reprogramming} is missing`);
  return planned;
}
