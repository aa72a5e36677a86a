/**
 * A table in memory and invocations that interleave: one is paused before a chosen call, another one runs to its end,
 * and then the first one continues. The conditions of its writes decide what it can still do.
 */
import { BatchGetCommand, type DynamoDBDocumentClient, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { PlannedWork, Task, TaskEvent, WorkflowInput } from '../../../contract/tasks.ts';
import type { VendorActor } from '../../../domain/history.ts';
import { PRODUCT_OPERATIONS } from '../../../functions/api/operations/products.ts';
import { type Attempt, singleAttempt } from '../../../functions/attempt.ts';
import type { Dependencies } from '../../../functions/dependencies.ts';
import { type Head, parseHead } from '../../../functions/store/container-head-item.ts';
import { containerKey } from '../../../functions/store/keys.ts';
import { findLicense, type StoredLicense } from '../../../functions/store/license-item.ts';
import { deliverOrder } from '../../../functions/use-cases/orders/deliver-order.ts';
import { newReprogrammingId } from '../../../functions/use-cases/reprogramming/reprogramming-id.ts';
import { runTask } from '../../../functions/use-cases/reprogramming/task-handler.ts';
import { consoleLog } from '../../../local/console-log.ts';
import { firstKeySet, fixedKeySets } from '../../harness/test-key-set.ts';
import { identity, plainSigner, vendorKey } from '../identities.ts';
import { createMemoryTable, type MemoryTable } from '../memory-table.ts';
import { seededRandom } from '../seeded-random.ts';

const TABLE = 'table';
export const NOW = new Date('2027-01-01T00:00:00Z');

/** Where an invocation is paused, and what runs meanwhile. `Stopped` thrown there ends it. */
export interface Pause {
  readonly before: (command: unknown) => boolean;
  readonly meanwhile: () => Promise<unknown>;
}

/** A request without an Idempotency-Key. */
export const anyAttempt: Attempt = singleAttempt(seededRandom(0).bytes);

/** The vendor, without the token or person that acts. */
export const VENDOR: VendorActor = { kind: 'vendor' };

export class Stopped extends Error {}

export const transaction = (command: unknown): boolean => command instanceof TransactWriteCommand;
export const batchRead = (command: unknown): boolean => command instanceof BatchGetCommand;
export const put = (command: unknown): boolean => command instanceof PutCommand;
/** The call of this kind after `count` others of it. */
export const after = (count: number, kind: (command: unknown) => boolean): ((command: unknown) => boolean) => {
  let seen = 0;
  return (command) => kind(command) && ++seen > count;
};

export interface Sold {
  readonly ticket: string;
  readonly licenses: readonly string[];
}

export interface Manual {
  readonly activate?: { readonly from: Sold; readonly licenses: readonly string[] };
  readonly deactivate?: readonly string[];
}

export interface Fixture {
  readonly table: MemoryTable;
  /** Every command, in the order of sending. */
  readonly sent: readonly unknown[];
  /** An invocation's dependencies; at the pause another invocation runs. */
  runtime(pause?: Pause): Promise<Dependencies>;
  product(code: string, requires?: readonly string[]): Promise<void>;
  /** Sells these quantities, by product, in one order. */
  sell(units: Readonly<Record<string, number>>): Promise<Sold>;
  /** The serial of the container of this number. */
  container(number: number): Promise<string>;
  input(serial: string, manual?: Manual): Promise<WorkflowInput>;
  /** Runs one task. */
  task(task: Task, input: WorkflowInput | PlannedWork, dependencies?: Dependencies): Promise<PlannedWork | null>;
  /** Runs from the plan to the issued update. */
  reprogram(serial: string, manual?: Manual): Promise<PlannedWork>;
  /** Runs the steps and the update of a plan. */
  rollForward(planned: PlannedWork): Promise<void>;
  confirm(serial: string, counter: number): Promise<void>;
  license(id: string): Promise<StoredLicense>;
  head(serial: string): Head;
}

const STEPS = ['Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate'] as const;

export async function newFixture(): Promise<Fixture> {
  const table = createMemoryTable(TABLE, () => 0);
  const signer = await plainSigner();
  const keySets = fixedKeySets([await firstKeySet('vendor', [(await vendorKey()).jwk])]);
  const sent: unknown[] = [];
  let runtimes = 0;
  let orders = 0;

  const runtime = async (pause?: Pause): Promise<Dependencies> => {
    let left = pause;
    const send = async (command: unknown): Promise<object> => {
      const now = left;
      if (now?.before(command) === true) {
        left = undefined;
        await now.meanwhile();
      }
      sent.push(command);
      return table.send(command);
    };
    runtimes += 1;
    return {
      documents: { send } as unknown as DynamoDBDocumentClient,
      tableName: TABLE,
      log: consoleLog,
      issuer: 'vendor',
      signer,
      keySets,
      workflow: { start: async () => undefined, sendReceipt: async () => 'gone', isRunning: async () => true },
      now: () => NOW,
      random: seededRandom(runtimes).bytes,
      sleep: () => Promise.resolve(),
    };
  };
  const plain = await runtime();

  const fixture: Fixture = {
    table,
    sent,
    runtime,
    async product(code, requires = []) {
      const { status } = await PRODUCT_OPERATIONS.putProduct(
        { params: { code }, query: {}, headers: {}, body: { name: code, requires: [...requires] } } as never,
        plain,
      );
      if (status >= 400) throw new Error(`The product ${code} was refused`);
    },
    async sell(units) {
      const items = Object.entries(units).map(([product, quantity]) => ({ product, quantity }));
      const sold = await deliverOrder(plain, VENDOR, { orderId: `order-${++orders}`, items });
      if (sold.kind === 'refused') throw new Error(`Not sold: ${sold.refusal.code}`);
      const items2 = table
        .partition(`TICKET#${sold.order.ticket}`)
        .filter(({ sk }) => String(sk).startsWith('LICENSE#'));
      return { ticket: sold.order.ticket, licenses: items2.map(({ id }) => String(id)) };
    },
    container: async (number) => (await identity(number)).serial,
    async input(serial, { activate, deactivate = [] } = {}) {
      const item = table.get(containerKey(serial).pk, containerKey(serial).sk);
      const from = item === undefined ? 0 : parseHead(item).confirmed.counter;
      const issued = item === undefined ? 0 : parseHead(item).issued.counter;
      const wanted = activate?.licenses.map((license) => ({ ticket: activate.from.ticket, license })) ?? [];
      const reprogramming = newReprogrammingId(plain, serial, issued + 1);
      const request = wanted.length + deactivate.length === 0 ? '' : reprogramming;
      return { reprogramming, container: serial, activate: wanted, deactivate, from, keys: 1, request, actor: 'user' };
    },
    task: (task, input, by = plain) =>
      runTask(by, { task, input, ...(task === 'IssueUpdate' ? { taskToken: 'token' } : {}) } as TaskEvent),
    async reprogram(serial, manual) {
      const planned = await fixture.task('Plan', await fixture.input(serial, manual));
      if (planned === null) throw new Error('The plan ended without work');
      await fixture.rollForward(planned);
      return planned;
    },
    async rollForward(planned) {
      for (const step of STEPS) await fixture.task(step, planned);
      await fixture.task('IssueUpdate', planned);
    },
    async confirm(serial, counter) {
      await fixture.task('Confirm', { container: serial, counter } as PlannedWork);
    },
    async license(id) {
      const found = await findLicense(plain, id);
      if (found === undefined) throw new Error(`There is no license ${id}`);
      return found;
    },
    head(serial) {
      const { pk, sk } = containerKey(serial);
      return parseHead(table.get(pk, sk) ?? {});
    },
  };
  return fixture;
}
