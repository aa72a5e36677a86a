/** A thread of `npm run worlds`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Definition } from '../../cdk/read-template.ts';
import { type Walked, walk } from './interleavings.ts';
import { SCENARIOS } from './scenarios.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';

export interface ScenarioTask {
  readonly definition: Definition;
  readonly withCrashes: boolean;
}

export type ScenarioMessage =
  | { readonly kind: 'free' }
  | { readonly kind: 'walked'; readonly name: string; readonly walked: Walked; readonly seconds: number }
  | { readonly kind: 'progress'; readonly name: string; readonly states: number; readonly orders: number }
  | { readonly kind: 'broken'; readonly name: string; readonly message: string };

const { definition, withCrashes } = workerData as ScenarioTask;
const tell = (message: ScenarioMessage): void => parentPort?.postMessage(message);
useSynchronousCrypto();
// Crashes write errors to the log, which are expected here.
console.error = () => undefined;

const ORDERS_A_PROGRESS = 2_000;

const progress = (name: string) => (states: number, orders: number) => {
  if (orders % ORDERS_A_PROGRESS === 0) tell({ kind: 'progress', name, states, orders });
};

parentPort?.on('message', (name: string) => {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`There is no scenario ${name}`);
  const started = performance.now();
  walk(definition, scenario, { withCrashes, onProgress: progress(name) }).then(
    (walked) => tell({ kind: 'walked', name, walked, seconds: (performance.now() - started) / 1000 }),
    (error: unknown) => tell({ kind: 'broken', name, message: error instanceof Error ? error.message : String(error) }),
  );
});
tell({ kind: 'free' });
