/**
 * `npm run mutate:conditions`: removes each condition, guard, signature check and digest check from the source, one at a
 * time, and reports whether a test notices. Proven ones are skipped, unless `--all` is given; `--only TEXT` tries those
 * whose id contains the text, whether proven or not. The files themselves are never changed.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EXPLAINED } from './explained.ts';
import { type Condition, findConditions } from './find-conditions.ts';
import { PROJECT, PROVEN_FILE, type Proof, proofs, ROOTS } from './proven.ts';
import { readModules } from './syntax.ts';
import { testsOf } from './tests.ts';
import { openTrials, type Trial, type Trials, type Verdict } from './trials.ts';

const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    tests: { type: 'string', multiple: true, default: [] },
  },
});

const started = performance.now();
const seconds = (): string => `${Math.round((performance.now() - started) / 1000)} s`;

const conditions = findConditions(readModules(PROJECT, ROOTS)).filter(({ isSwitched }) => isSwitched);
const known = new Map(proofs().map((proof) => [proof.condition, proof]));
const kept = conditions.flatMap(({ id }) => known.get(id) ?? []);
const wanted = conditions.filter(isWanted);

function isWanted({ id }: Condition): boolean {
  if (options.only.length > 0) return options.only.some((text) => id.includes(text));
  return options.all || !(known.has(id) || id in EXPLAINED);
}

console.log(`${conditions.length} conditions, ${wanted.length} of them to try`);
if (wanted.length > 0) {
  const trials = await openTrials(findConditions(readModules(PROJECT, ROOTS)));
  try {
    const rehearsed = await trials.rehearse(options.tests.length > 0 ? options.tests : testsOf(PROJECT));
    console.log(`${rehearsed.length} tests pass with every condition in place (${seconds()})`);
    for (const condition of wanted) await tryWithout(trials, rehearsed, condition);
  } finally {
    await trials.close();
  }
}

const missed = conditions.filter(({ id }) => !known.has(id) && EXPLAINED[id] === undefined);
for (const { id, line } of missed) console.log(`MISSED line ${line}: ${id}`);
console.log(`${kept.length} were proven before; ${known.size} are now, ${missed.length} are missed (${seconds()})`);
process.exitCode = missed.length === 0 ? 0 : 1;

async function tryWithout(trials: Trials, rehearsed: readonly Trial[], { id, line }: Condition): Promise<void> {
  const reaching = rehearsed.filter(({ reached }) => reached.has(id));
  const verdict: Verdict = await trials.without(id, reaching);
  if (verdict.kind === 'noticed') known.set(id, { condition: id, noticedBy: verdict.by });
  else known.delete(id);
  console.log(
    `${seconds()} ${verdict.kind === 'noticed' ? `noticed by ${verdict.by}` : 'MISSED'} (${reaching.length} tests): line ${line} ${id}`,
  );
  save();
}

/** After each condition, so that an interrupted run can continue. */
function save(): void {
  const written: Proof[] = conditions.flatMap(({ id }) => known.get(id) ?? []);
  writeFileSync(PROVEN_FILE, `${JSON.stringify(written, null, 2)}\n`);
}
