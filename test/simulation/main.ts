/**
 * `npm run simulate`: histories on all cores until a number of histories, reprogrammings or seconds is reached.
 * `--count N` histories, `--reprogrammings N`, `--seconds N`, `--seed S` (one history, with its log, or the first of many),
 * `--small` (small transactions, so that most changes take several of them).
 */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { History } from './history.ts';
import { change, plant, SMALL_TRANSACTIONS } from './planted-bugs.ts';
import { summaryOf, violationOf } from './report.ts';
import { useSynchronousCrypto } from './synchronous-crypto.ts';
import type { WorkerMessage, WorkerTask } from './worker.ts';

const DEFAULT_SECONDS = 60;
const PROGRESS_MILLISECONDS = 5_000;
const SHRINK_MILLISECONDS = 60_000;
const LARGEST_SEED = 2 ** 32;

const { values } = parseArgs({
  options: {
    count: { type: 'string' },
    reprogrammings: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    plant: { type: 'string' },
    small: { type: 'boolean', default: false },
    workers: { type: 'string' },
  },
});

const numberOf = (name: 'count' | 'reprogrammings' | 'seconds' | 'seed' | 'workers'): number | undefined => {
  const given = values[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} must be a whole number, not ${given}`);
  process.exit(2);
};

const count = numberOf('count');
const reprogrammings = numberOf('reprogrammings');
const hasGoal = count !== undefined || reprogrammings !== undefined;
const seconds = numberOf('seconds') ?? (hasGoal ? Number.POSITIVE_INFINITY : DEFAULT_SECONDS);
const given = numberOf('seed');
if (values.plant !== undefined) plant(values.plant);
if (values.small) change(SMALL_TRANSACTIONS);
// The product's modules must be loaded after the bug is planted.
const { synthesizedDefinition } = await import('./definition.ts');
const { add, newTally, optionsOf } = await import('./campaign.ts');
const { historyOf, runHistory } = await import('./history.ts');
const { shrink } = await import('./shrink.ts');
const definition = await synthesizedDefinition();
process.exitCode =
  given !== undefined && !hasGoal && values.seconds === undefined ? await runOne(given) : await runMany();

/** Runs one history again and prints its log. */
async function runOne(seed: number): Promise<number> {
  useSynchronousCrypto();
  const history = historyOf(seed, optionsOf(seed));
  const result = await runHistory(history, { definition });
  if (result.violation !== undefined) return tellShrunk(history);
  console.log(result.log.join('\n'));
  console.log(`\nseed ${seed}: ${result.steps} steps, ${result.reprogrammings} reprogrammings, no violation`);
  return 0;
}

async function runMany(): Promise<number> {
  const first = given ?? randomInt(LARGEST_SEED);
  const stride = numberOf('workers') ?? availableParallelism();
  const started = Date.now();
  const tally = newTally();
  const broken: History[] = [];
  console.log(`seed ${first}, ${stride} workers`);
  const progress = setInterval(() => {
    const elapsed = Math.round((Date.now() - started) / 1000);
    console.log(`${elapsed} s: ${tally.histories} histories, ${tally.reprogrammings} reprogrammings`);
  }, PROGRESS_MILLISECONDS);
  const share = (whole: number | undefined): number =>
    whole === undefined ? Number.POSITIVE_INFINITY : Math.ceil(whole / stride);
  const workers = Array.from({ length: stride }, (_, index) => {
    const workerData: WorkerTask = {
      definition,
      first: first + index,
      stride,
      untilMilliseconds: started + seconds * 1000,
      reprogrammings: share(reprogrammings),
      histories: share(count),
      ...(values.plant === undefined ? {} : { plant: values.plant }),
      small: values.small,
    };
    return new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  });
  const ends = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.on('message', (message: WorkerMessage) => {
          if (message.kind === 'history') add(tally, message.tally);
          if (message.kind === 'broken') {
            broken.push(message.history);
            for (const other of workers) if (other !== worker) void other.terminate();
          }
        });
        worker.on('error', reject);
        worker.on('exit', () => resolve());
      }),
  );
  await Promise.all(ends);
  clearInterval(progress);
  console.log(summaryOf(tally, (Date.now() - started) / 1000));
  const [history] = broken;
  if (history === undefined) {
    console.log('no violation');
    return 0;
  }
  useSynchronousCrypto();
  return tellShrunk(history);
}

async function tellShrunk(history: History): Promise<number> {
  console.log(`\nThe history of seed ${history.seed} violates a rule; searching for a shorter one.`);
  console.log(violationOf(await shrink(history, { definition }, SHRINK_MILLISECONDS)));
  return 1;
}
