/** `npm run bulk -- --licenses 5000 --kills 3`: a bulk withdrawal whose runtime is killed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crashBulkOrder } from '../harness/bulk-crash.ts';

const { values } = parseArgs({
  options: { licenses: { type: 'string', default: '5000' }, kills: { type: 'string', default: '3' } },
});
const home = mkdtempSync(join(tmpdir(), 'relicense-bulk-'));
const { order, killedAt, milliseconds, faults } = await crashBulkOrder(home, {
  licenses: Number(values.licenses),
  kills: Number(values.kills),
});
for (const { status, done } of killedAt) console.log(`Killed while ${status}, ${done} licenses done`);
for (const fault of faults) console.error(fault);
console.log(`${JSON.stringify(order.progress)} in ${order.containers} containers`);
console.log(`${(milliseconds / 1000).toFixed(1)} s with ${killedAt.length} restarts, ${faults.length} faults`);
if (faults.length === 0) rmSync(home, { recursive: true, force: true });
else console.error(`The state is kept in ${home}`);
process.exitCode = faults.length === 0 ? 0 : 1;
