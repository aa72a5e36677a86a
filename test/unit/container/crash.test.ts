import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Container } from '../../../container/index.ts';
import { digestOf, type Update } from '../../../protocol/index.ts';
import { byTier } from '../../harness/tier.ts';
import { newFolder } from './folder.ts';
import { activation, TestVendor } from './test-vendor.ts';

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
const run = promisify(execFile);

/** Where in a step the process is killed, and how many random kills follow. */
const MOMENTS = byTier({ quick: ['torn'], deep: ['before', 'torn', 'after'] });
const ROUNDS = byTier({ quick: 3, deep: 12 });

async function prepare(count: number) {
  const folder = await newFolder();
  const vendor = new TestVendor();
  const original = join(folder, 'original.json');
  const container = await Container.create({ path: original, keys: await vendor.keys() });
  const updates: Update[] = [];
  for (let index = 0; index < count; index++) {
    updates.push(await vendor.issue(container.serial, [activation(`L${index}`)]));
  }
  const updatePath = join(folder, 'update.json');
  await writeFile(updatePath, JSON.stringify({ updates }));
  return { folder, original, updatePath, updates, target: vendor.target(container.serial) };
}

describe('kill -9', () => {
  test(`at every step of applying (${MOMENTS}): the old container or the new one`, async () => {
    const { folder, original, updatePath, updates, target } = await prepare(1);
    const undisturbed = join(folder, 'undisturbed.json');
    await copyFile(original, undisturbed);
    const steps = Number((await run(process.execPath, [CHILD, undisturbed, updatePath])).stdout);
    expect(steps).toBe(6);
    const seen = new Set<number>();
    const crash = async (step: number, moment: string): Promise<void> => {
      // A separate folder shows which files a crash leaves.
      const own = join(folder, `${step}-${moment}`);
      await mkdir(own);
      const path = join(own, 'container.json');
      await copyFile(original, path);
      const child = spawn(process.execPath, [CHILD, path, updatePath, String(step), moment]);
      const [, signal] = await once(child, 'exit');
      expect(signal).toBe('SIGKILL');
      const left = (await Container.open(path)).content;
      expect([0, 1]).toContain(left.counter);
      seen.add(left.counter);
      const again = await Container.open(path);
      expect(await again.apply({ updates })).toMatchObject({ ok: true });
      expect((await Container.open(path)).content).toEqual(target);
      // No lock and no second copy of the private key is left.
      expect(await readdir(own)).toEqual(['container.json']);
    };
    for (let step = 1; step <= steps; step++) {
      await Promise.all(MOMENTS.map((moment) => crash(step, moment)));
    }
    expect([...seen].sort()).toEqual([0, 1]);
  }, 120_000);

  test('at random moments of a long chain: the counter only rises, and the chain completes', async () => {
    const { original: path, updatePath, target } = await prepare(40);
    let counter = 0;
    let kills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn(process.execPath, [CHILD, path, updatePath], { stdio: 'ignore' });
      const exited = once(child, 'exit');
      await Promise.race([exited, sleep(100 + Math.random() * 250)]);
      child.kill('SIGKILL');
      const [, signal] = await exited;
      if (signal === 'SIGKILL') kills += 1;
      const { content } = await Container.open(path);
      expect(content.counter).toBeGreaterThanOrEqual(counter);
      counter = content.counter;
    }
    expect(kills).toBeGreaterThan(0);
    await run(process.execPath, [CHILD, path, updatePath]);
    expect((await Container.open(path)).content).toEqual(target);
  }, 120_000);
});

test('the counter never falls when three processes apply the same chain', async () => {
  const { original: path, updatePath, target } = await prepare(30);
  const children = Array.from({ length: 3 }, () => run(process.execPath, [CHILD, path, updatePath]));
  let counter = 0;
  let running = true;
  const finished = Promise.all(children).finally(() => {
    running = false;
  });
  while (running) {
    const { content } = await Container.open(path);
    expect(content.counter).toBeGreaterThanOrEqual(counter);
    counter = content.counter;
    await sleep(2);
  }
  await finished;
  const { content } = await Container.open(path);
  expect(content).toEqual(target);
  expect(await digestOf(content)).toBe(await digestOf(target));
}, 60_000);
