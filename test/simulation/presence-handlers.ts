/** The world of `presence.ts` with the real handlers, workflow tasks and protocol, over the table in memory. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { PlannedWork, TaskEvent, WorkflowInput } from '../../contract/tasks.ts';
import { PRODUCT_OPERATIONS } from '../../functions/api/operations/products.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import { licensesOfTicket } from '../../functions/store/license-item.ts';
import { deliverOrder } from '../../functions/use-cases/orders/deliver-order.ts';
import { runTask } from '../../functions/use-cases/reprogramming/task-handler.ts';
import { consoleLog } from '../../local/console-log.ts';
import { createHttpHandler } from '../../local/http-handlers.ts';
import { leaseIdOf, type Wishes } from '../../protocol/index.ts';
import { applyToHolding, contextOfHolding, newHolding, type TestHolding } from '../harness/holding.ts';
import { firstKeySet, fixedKeySets } from '../harness/test-key-set.ts';
import { type Identity, identity, plainSigner, vendorKey } from './identities.ts';
import { createMemoryTable } from './memory-table.ts';
import {
  LEASE_DAYS,
  type PresenceAnswer,
  type PresenceContainer,
  type PresenceMessage,
  type PresenceWorld,
} from './presence.ts';
import { seededRandom } from './seeded-random.ts';

const TABLE = 'presence';
const ISSUER = 'presence-vendor';
const START = Date.parse('2027-01-01T00:00:00Z');
const PRODUCT = 'leased';
/** One stays in the container, the other one is activated and returned. */
const LICENSES = 2;
const STEPS = ['Withdraw', 'Deactivate', 'Assign', 'Replace', 'Activate'] as const;

interface Sent {
  readonly path: string;
  readonly body: object;
}

/** A world whose reprogrammings run at once, inside the request that starts them. */
export async function createHandlersWorld(): Promise<PresenceWorld> {
  const table = createMemoryTable(TABLE, () => now);
  const random = seededRandom(1);
  let now = START;
  const dependencies: Dependencies = {
    documents: {
      send: (command: unknown) => Promise.resolve(table.send(command)),
    } as unknown as DynamoDBDocumentClient,
    tableName: TABLE,
    log: consoleLog,
    issuer: ISSUER,
    signer: await plainSigner(),
    keySets: fixedKeySets([await firstKeySet(ISSUER, [(await vendorKey()).jwk])]),
    workflow: {
      start: (_, input) => reprogram(dependencies, input),
      // No execution waits: the handler of the receipt confirms.
      sendReceipt: async () => 'gone',
      isRunning: async () => false,
    },
    now: () => new Date(now),
    random: (length) => random.bytes(length),
    sleep: () => Promise.resolve(),
  };
  const handler = createHttpHandler('depot', () => dependencies);
  const wishes = await sellLicenses(dependencies);
  const keySets = await dependencies.keySets.all();
  const own = await identity(0);
  return {
    container: newHandlersContainer(own, '', newHolding(own.serial, keySets), wishes),
    advance: (seconds) => {
      now += seconds * 1000;
    },
    now: () => Math.floor(now / 1000),
    async deliver({ body }) {
      const { path, body: request } = body as Sent;
      const result = await handler(eventOf(path, request, now));
      const answer = JSON.parse(result.body ?? '{}') as { code?: string; divergence?: string };
      if (result.statusCode === 409 && answer.code === 'container-diverged') {
        return { divergence: String(answer.divergence), body: {} };
      }
      // A toggle can conflict with an update that has no receipt yet.
      if (result.statusCode === 409 && answer.code === 'manual-conflict') return { body: {} };
      if (result.statusCode === 409 && answer.code === 'too-many-outstanding') return { body: {} };
      if (result.statusCode !== 200) throw new Error(`${path} was answered ${result.statusCode}: ${result.body}`);
      return { body: answer };
    },
  };
}

async function reprogram(dependencies: Dependencies, input: WorkflowInput): Promise<void> {
  const run = (event: object): Promise<PlannedWork | null> => runTask(dependencies, event as TaskEvent);
  const work = await run({ task: 'Plan', input });
  if (work === null) throw new Error('The plan ended without work');
  for (const task of STEPS) await run({ task, input: work });
  await run({ task: 'IssueUpdate', input: work, taskToken: 'token' });
}

/** Sells the licenses. @returns the manual actions that a container can wish for. */
async function sellLicenses(dependencies: Dependencies): Promise<(held: readonly string[]) => Wishes> {
  const body = { name: PRODUCT, requires: [] };
  await PRODUCT_OPERATIONS.putProduct(
    { params: { code: PRODUCT }, query: {}, headers: {}, body } as never,
    dependencies,
  );
  const sold = await deliverOrder(
    dependencies,
    { kind: 'vendor' },
    {
      orderId: 'order',
      items: [{ product: PRODUCT, quantity: LICENSES, terms: { leaseDays: LEASE_DAYS } }],
    },
  );
  if (sold.kind === 'refused') throw new Error(`Not sold: ${sold.refusal.code}`);
  const { ticket } = sold.order;
  const licenses = (await licensesOfTicket(dependencies, ticket)).map(({ id }) => id);
  return (held) => {
    const [kept = '', toggled = ''] = licenses;
    const license = held.includes(kept) ? toggled : kept;
    return held.includes(license) ? { deactivate: [license] } : { activate: [{ ticket, license }] };
  };
}

function newHandlersContainer(
  own: Identity,
  name: string,
  start: TestHolding,
  wishesOf: (held: readonly string[]) => Wishes,
): PresenceContainer {
  let holding = start;
  let made = 0;
  return {
    get lease() {
      return leaseIdOf(holding.lease);
    },
    async send(clock, request) {
      made += 1;
      const wishes = request === 'toggle' ? wishesOf(holding.content.licenses.map(({ id }) => id)) : {};
      const change = { wishes, ...(request === 'renew' ? { renew: true as const } : {}) };
      const context = await contextOfHolding(own, holding, { jti: `${name}/${made}`, clock, change });
      holding = context.holding;
      const path = request === 'receipt' ? '/depot/receipts' : '/depot/reprogrammings';
      const sent: Sent = { path, body: { context: context.text, ...wishes } };
      return { body: sent } satisfies PresenceMessage;
    },
    async take({ body }: PresenceAnswer) {
      // A late answer can be refused, and its first parts are applied all the same.
      ({ holding } = await applyToHolding(holding, body as object));
    },
    copy: (other) => newHandlersContainer(own, `${name}/${made}/${other}`, holding, wishesOf),
  };
}

function eventOf(path: string, body: object, at: number): APIGatewayProxyEventV2 {
  const routeKey = `POST ${path}`;
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'simulated',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'simulator' },
      requestId: 'simulated',
      routeKey,
      stage: '$default',
      time: new Date(at).toISOString(),
      timeEpoch: at,
    },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}
