/**
 * Executions keep the definition with which they started, and call the newest code: the payloads of every release stay in
 * `test/vectors/tasks/`, and each must still be carried out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import type { BulkTaskEvent, DeliveryExecution, KnownPlan, TaskEvent } from '../../../contract/tasks.ts';
import { createBulkTaskHandler } from '../../../functions/use-cases/bulk-orders/task-handler.ts';
import { createDeliveryHandler } from '../../../functions/use-cases/events/deliver.ts';
import { parseKnownPlan } from '../../../functions/use-cases/reprogramming/known-plan.ts';
import { newReprogrammingId } from '../../../functions/use-cases/reprogramming/reprogramming-id.ts';
import { runTask } from '../../../functions/use-cases/reprogramming/task-handler.ts';
import { newFixture } from './fixture.ts';

const FOLDER = join(import.meta.dirname, '../../vectors/tasks');
const vector = z.object({
  workflow: z.array(z.unknown()),
  /** The same, with the plan in the payload. */
  workflowWithPlan: z.exactOptional(z.array(z.unknown())),
  vendorOnly: z.unknown(),
  bulk: z.array(z.unknown()),
  delivery: z.array(z.unknown()),
});
const releases = readdirSync(FOLDER).map((file) => file.replace(/[.]json$/, ''));

/** The payloads with the ids of this world in place of `{{name}}`. */
function frozen(release: string, ids: Readonly<Record<string, string>>) {
  const text = readFileSync(join(FOLDER, `${release}.json`), 'utf8');
  const filled = text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => ids[name] ?? `a-${name}`);
  return vector.parse(JSON.parse(filled));
}

test('every release has its payloads, and so has what will be the next one', () => {
  expect(releases).toEqual(expect.arrayContaining(['0.2.0', 'unreleased']));
});

describe.each(releases)('the payloads of %s', (release) => {
  test.each(['workflow', 'workflowWithPlan'] as const)('carry out a whole %s, each payload twice', async (member) => {
    const fixture = await newFixture();
    const runtime = await fixture.runtime();
    await fixture.product('basic');
    const sold = await fixture.sell({ basic: 1 });
    const [license = ''] = sold.licenses;
    const container = await fixture.container(0);
    const reprogramming = newReprogrammingId(runtime, container, 1);
    const payloads = frozen(release, { reprogramming, container, license, ticket: sold.ticket });
    // A release from before the plan travelled has only the first kind.
    for (const event of payloads[member] ?? payloads.workflow) {
      for (let time = 0; time < 2; time++) await runTask(runtime, event as TaskEvent);
    }
    expect(fixture.head(container)).toMatchObject({ confirmed: { counter: 1 }, issued: { counter: 1 } });
    expect(fixture.head(container)).not.toHaveProperty('lock');
    expect((await fixture.license(license)).standing).toMatchObject({ at: 'collected', container, counter: 1 });
  });

  test('plan the vendor’s actions alone, of which there are none', async () => {
    const fixture = await newFixture();
    const runtime = await fixture.runtime();
    const container = await fixture.container(0);
    const reprogramming = newReprogrammingId(runtime, container, 1);
    const { vendorOnly } = frozen(release, { reprogramming, container });
    await expect(runTask(runtime, vendorOnly as TaskEvent)).rejects.toMatchObject({ name: 'NothingToDo' });
  });

  test('end a bulk order and a delivery that no longer exist', async () => {
    const runtime = await (await newFixture()).runtime();
    const { bulk, delivery } = frozen(release, {});
    expect(delivery.length * bulk.length).toBeGreaterThan(0);
    for (const event of bulk) {
      const result = await createBulkTaskHandler(() => runtime)(event as BulkTaskEvent);
      expect(result).toMatchObject({ status: 'ended' });
    }
    const sender = { post: vi.fn(), close: () => undefined };
    for (const run of delivery) {
      const deliver = createDeliveryHandler({ dependencies: () => runtime, sender });
      expect(await deliver(run as DeliveryExecution)).toEqual({ status: 'done' });
    }
  });
});

test('the plan in the payloads of the next release is one that the tasks read', () => {
  const events = z.array(z.looseObject({ input: z.looseObject({ known: z.unknown() }) }));
  const found = events.parse(frozen('unreleased', {}).workflowWithPlan);
  for (const { input } of found) expect(parseKnownPlan(input.known as KnownPlan)).toBeDefined();
});

test('the payloads of the next release have the members that requests give an execution now', async () => {
  const fixture = await newFixture();
  const [plan] = frozen('unreleased', {}).workflow;
  const { input } = z.object({ input: z.record(z.string(), z.unknown()) }).parse(plan);
  expect(Object.keys(input).sort()).toEqual(Object.keys(await fixture.input(await fixture.container(0))).sort());
});
