/** A thread of `npm run simulate`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Definition } from '../../cdk/read-template.ts';
import type { Tally } from './campaign.ts';
import type { History } from './history.ts';
import { change, plant, SMALL_TRANSACTIONS } from './planted-bugs.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';

export interface WorkerTask {
  readonly definition: Definition;
  readonly first: number;
  readonly stride: number;
  readonly untilMilliseconds: number;
  readonly reprogrammings: number;
  readonly histories: number;
  readonly plant?: string;
  /** Whether transactions are small. */
  readonly small: boolean;
}

export type WorkerMessage =
  | { readonly kind: 'history'; readonly tally: Tally }
  | { readonly kind: 'broken'; readonly history: History }
  | { readonly kind: 'done' };

const task = workerData as WorkerTask;
const tell = (message: WorkerMessage): void => parentPort?.postMessage(message);

if (task.plant !== undefined) plant(task.plant);
if (task.small) change(SMALL_TRANSACTIONS);
// The product's modules must be loaded after the bug is planted.
const { runCampaign } = await import('./campaign.ts');
useSynchronousCrypto();
const isEnough = (tally: Tally): boolean =>
  Date.now() >= task.untilMilliseconds ||
  tally.reprogrammings >= task.reprogrammings ||
  tally.histories >= task.histories;
const { broken } = await runCampaign({ definition: task.definition }, task, isEnough, (one) =>
  tell({ kind: 'history', tally: one }),
);
if (broken !== undefined) tell({ kind: 'broken', history: broken.history });
tell({ kind: 'done' });
