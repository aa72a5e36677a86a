/** Counts what one activation with its receipt takes: calls of the table, units, transitions, invocations and signatures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../client/index.ts';
import { Container, sync } from '../container/index.ts';
import { startRuntime } from '../local/runtime.ts';

export interface Ledger {
  readonly calls: number;
  /** Of the calls, those that write. */
  readonly writes: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly transitions: number;
  readonly invocations: number;
  readonly signatures: number;
}

const WRITES = /^(Put|Update|Delete|TransactWrite|BatchWrite)/;
/** The request and the receipt. */
const REQUESTS = 2;

type Send = (command: { readonly input: object }) => Promise<{ readonly ConsumedCapacity?: unknown }>;

/** Measures the second activation of a new container, as the first one also creates it. */
export async function measureActivation(): Promise<Ledger> {
  const folder = mkdtempSync(join(tmpdir(), 'relicense-ledger-'));
  let transitions = 0;
  const running = await startRuntime({
    home: undefined,
    port: 0,
    onStateEntered: () => {
      transitions += 1;
    },
  });
  try {
    const { documents, signer } = running.dependencies;
    const vendor = createClient({ server: running.url, token: running.token });
    await vendor.putProduct({ params: { code: 'ledger' }, body: { name: 'ledger' } });
    const order = await vendor.createOrder({
      body: { orderId: 'ledger', items: [{ product: 'ledger', quantity: 2 }] },
    });
    const keys = await vendor.getKeySets();
    const path = join(folder, 'container.json');
    const container = await Container.create({ path, keys, server: running.url });
    const activate = async (index: number): Promise<void> => {
      const result = await sync(container, { ticket: order.ticket, activate: [order.licenses[index]?.id ?? ''] });
      if (!result.ok) throw new Error(JSON.stringify(result.fault));
      await running.workflow.settled();
    };
    await activate(0);
    let counted: Ledger = {
      calls: 0,
      writes: 0,
      readUnits: 0,
      writeUnits: 0,
      transitions: 0,
      invocations: 0,
      signatures: 0,
    };
    const client = documents as unknown as { send: Send };
    const send: Send = client.send.bind(client);
    client.send = async (command) => {
      Object.assign(command.input, { ReturnConsumedCapacity: 'TOTAL' });
      const answer = await send(command);
      const isWrite = WRITES.test(command.constructor.name);
      const units = unitsOf(answer.ConsumedCapacity);
      counted = {
        ...counted,
        calls: counted.calls + 1,
        writes: counted.writes + (isWrite ? 1 : 0),
        readUnits: counted.readUnits + (isWrite ? 0 : units),
        writeUnits: counted.writeUnits + (isWrite ? units : 0),
      };
      return answer;
    };
    const sign = signer.sign.bind(signer);
    let signatures = 0;
    Object.assign(signer, {
      sign: (...asked: Parameters<typeof sign>) => {
        signatures += 1;
        return sign(...asked);
      },
    });
    transitions = 0;
    await activate(1);
    return { ...counted, transitions, invocations: transitions + REQUESTS, signatures };
  } finally {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function unitsOf(reported: unknown): number {
  if (Array.isArray(reported)) return reported.reduce((total: number, one) => total + unitsOf(one), 0);
  return (reported as { CapacityUnits?: number } | undefined)?.CapacityUnits ?? 0;
}
