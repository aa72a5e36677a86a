/**
 * `npm run worlds`: walks the smallest worlds completely. First every order of calls of each scenario, on all cores, and a
 * crash in each state; then every sequence of moves. `--only TEXT`: scenarios whose name has the text. `--no-crashes`: no
 * crashes. `--depth N`: moves in a sequence (3; 0 for none).
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { synthesizedDefinition } from './definition.ts';
import { SCENARIOS } from './scenarios.ts';
import { walkSmallWorlds } from './small-worlds.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import type { ScenarioMessage, ScenarioTask } from './worlds-worker.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    crashes: { type: 'boolean', default: true },
    depth: { type: 'string', default: '3' },
  },
  allowNegative: true,
});
const depth = Number(values.depth);
if (!Number.isSafeInteger(depth) || depth < 0) {
  console.error(`--depth must be a whole number, not ${values.depth}`);
  process.exit(2);
}
const names = Object.keys(SCENARIOS).filter((name) => name.includes(values.only));
if (names.length === 0) {
  console.error(`No scenario has ${values.only} in its name. There are:\n${Object.keys(SCENARIOS).join('\n')}`);
  process.exit(2);
}
const definition = await synthesizedDefinition();
const workerData: ScenarioTask = { definition, withCrashes: values.crashes };
const number = (value: number): string => value.toLocaleString('en');
const total = { states: 0, orders: 0, crashes: 0 };
const started = performance.now();
const todo = [...names];
let broken = 0;

const workers = Array.from({ length: Math.min(availableParallelism(), names.length) }, () => {
  const worker = new Worker(new URL('./worlds-worker.ts', import.meta.url), { workerData });
  return new Promise<void>((resolve, reject) => {
    worker.on('message', (message: ScenarioMessage) => {
      if (message.kind === 'progress') {
        console.log(`  ${message.name}: ${number(message.states)} states, ${number(message.orders)} orders so far`);
        return;
      }
      if (message.kind === 'broken') {
        broken += 1;
        console.log(`BROKEN ${message.name}: ${message.message}`);
      } else if (message.kind === 'walked') {
        const { states, orders, crashes } = message.walked;
        total.states += states;
        total.orders += orders;
        total.crashes += crashes;
        console.log(
          `${message.name}: ${number(states)} states, ${number(orders)} orders, ${number(crashes)} crashes, ${message.seconds.toFixed(0)} s`,
        );
      }
      const next = todo.shift();
      if (next === undefined) void worker.terminate();
      else worker.postMessage(next);
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
});
await Promise.all(workers);
const seconds = (performance.now() - started) / 1000;
console.log(
  `${names.length} scenarios: ${number(total.states)} states, ${number(total.orders)} orders, ${number(total.crashes)} crashes, in ${seconds.toFixed(0)} s`,
);
if (depth > 0 && broken === 0) {
  useSynchronousCrypto();
  console.error = () => undefined;
  await walkSmallWorlds(definition, depth, (moves, { states, walks }) =>
    console.log(`sequences of ${moves} moves: ${number(states)} states, ${number(walks)} walks`),
  );
}
console.log(broken === 0 ? 'no violation' : `${broken} broken`);
process.exitCode = broken === 0 ? 0 : 1;
