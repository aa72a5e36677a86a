/** `npm run crash -- --rounds 50`: kills the whole runtime under load, again and again (I8). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCrashTest } from '../harness/crash.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' } } });
const rounds = Number(values.rounds);
const home = mkdtempSync(join(tmpdir(), 'relicense-crash-'));
const test = await startCrashTest(home);
let wrong = 0;
for (let round = 1; round <= rounds; round++) {
  const { killedAfter, resumed, faults } = await test.round();
  for (const fault of faults) console.error(`Round ${round}: ${fault}`);
  wrong += faults.length;
  console.log(
    `Round ${round}: killed after ${killedAfter} answers, resumed ${resumed} executions, ${faults.length} faults`,
  );
}
const left = await test.close();
for (const fault of left) console.error(fault);
wrong += left.length;
console.log(`${rounds} kills, ${wrong} faults`);
if (wrong === 0) rmSync(home, { recursive: true, force: true });
else console.error(`The state is kept in ${home}`);
process.exitCode = wrong === 0 ? 0 : 1;
