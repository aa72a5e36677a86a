import type { PlannedWork } from '../../../contract/tasks.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { Reprogramming } from '../../store/container-items.ts';
import { loadReprogrammings } from '../containers/container.ts';

/** The plan that a task was handed. */
export async function loadPlan(dependencies: Dependencies, work: PlannedWork): Promise<Reprogramming> {
  const [planned] = await loadReprogrammings(dependencies, work.container, work.counter, work.counter);
  if (planned?.id !== work.reprogramming) throw new Error(`The plan of ${work.reprogramming} is missing`);
  return planned;
}
