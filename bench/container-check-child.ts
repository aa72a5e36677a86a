/** `node container-check-child.ts <container> <key sets>`: prints the milliseconds of baseline, open, first and repeated check. */
import { readFileSync } from 'node:fs';
import { Container } from '../container/index.ts';

const [, , path = '', keysPath = ''] = process.argv;
const trust = JSON.parse(readFileSync(keysPath, 'utf8'));
const REPEATED = 100;

const startedAt = performance.now();
const container = await Container.open(path, { trust });
const openedAt = performance.now();
const first = await container.check('last', { feature: 'render' });
const firstAt = performance.now();
for (let round = 0; round < REPEATED; round++) await container.check('last', { feature: 'render' });
const endedAt = performance.now();
if (!first.ok) throw new Error(`The check was refused: ${first.reason}`);
JSON.stringify(JSON.parse(readFileSync(path, 'utf8')), null, 2);
const baseline = performance.now() - endedAt;
const times = [baseline, openedAt - startedAt, firstAt - openedAt, (endedAt - firstAt) / REPEATED];
process.stdout.write(JSON.stringify(times));
