/** A person who knows only README and `docs/support.md` answers the questions of customers with the commands of that page. */
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../../client/index.ts';
import { EXIT } from '../../../terminal/exit.ts';
import { type ShiftedClock, shiftedClock } from '../../harness/shifted-clock.ts';
import {
  SUPPORT_PAGE,
  SupportDesk,
  type Task,
  tasksOf,
  withOutputs,
  withoutVarying,
} from '../../harness/support-desk.ts';
import { openWorld, present, type World } from '../../harness/world.ts';

const DAY_MS = 86_400_000;
const SHORT_SERIAL = 8;

let world: World;
let vendor: Client;
let clock: ShiftedClock;
let folder: string;
let desk: SupportDesk;
/** The container that was silent for 103 days. */
let silent: string;
/** A license whose replacement was ordered three days ago, and its container. */
let waiting: { readonly license: string; readonly serial: string };
/** The page with the outputs of this run wherever they differ from it in more than ids and times. */
let page = readFileSync(SUPPORT_PAGE, 'utf8');
const TASKS = tasksOf(page);

beforeAll(async () => {
  clock = shiftedClock();
  clock.advance(-103 * DAY_MS);
  world = await openWorld({ clock });
  vendor = createClient({ server: world.running.url, token: world.running.token });
  await vendor.putProduct({ params: { code: 'cad' }, body: { name: 'CAD' } });
  await vendor.putProduct({ params: { code: 'cad-pro' }, body: { name: 'CAD Pro' } });
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'relicense-support-')));
  const before = new SupportDesk(world, mkdtempSync(join(folder, 'before-')));
  silent = await before.container('the silent machine', (await sell('SO-0815', 'Altmann AG')).ticket);
  clock.advance(100 * DAY_MS);
  const sold = await sell('SO-1009', 'Vogel GmbH');
  waiting = { license: only(sold), serial: await before.container('the customer’s machine', sold.ticket) };
  const body = { terms: { quantity: 5 }, reason: 'four more seats' };
  await vendor.replaceLicense({ params: { license: waiting.license }, body });
  clock.advance(3 * DAY_MS);
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Sold {
  readonly orderId: string;
  readonly ticket: string;
  readonly licenses: readonly string[];
}

async function sell(orderId: string, customer: string, quantity = 1): Promise<Sold> {
  const { ticket, licenses } = await vendor.createOrder({
    body: { orderId, customer, items: [{ product: 'cad', quantity }] },
  });
  return { orderId, ticket, licenses: licenses.map(({ id }) => id) };
}

const only = ({ licenses }: Sold): string => present(licenses[0]);
const short = (serial: string): string => serial.slice(0, SHORT_SERIAL);

/** The licenses of an order, with those that are gone: product, state, and whether the container is this one. */
async function licensesOf(orderId: string): Promise<unknown[]> {
  const gone = await Promise.all(
    (['withdrawn', 'replaced'] as const).map(
      async (state) => (await vendor.listLicenses({ query: { orderId, state } })).items,
    ),
  );
  const here = (await vendor.getOrder({ params: { orderId } })).licenses;
  return [...here, ...gone.flat()].map(({ product, state, container }) => [product, state, container].filter(Boolean));
}

/** What a customer has met before they call, and what has to be true after the commands of the page. */
interface Scene {
  readonly variables: Readonly<Record<string, string>>;
  after(outputs: readonly string[]): Promise<void>;
}

const SCENES: Readonly<Record<string, () => Promise<Scene>>> = {
  'Find a customer': async () => {
    const { ticket } = await sell('SO-1001', 'Weber GmbH', 2);
    await sell('SO-0999', 'Webers Maschinenbau');
    return {
      variables: {},
      async after([output]) {
        expect(output).toContain('Weber GmbH');
        expect(output).toContain('Webers Maschinenbau');
        expect(output).toContain(ticket);
      },
    };
  },

  'What happened to this license': async () => {
    const sold = await sell('SO-1002', 'Meyer AG', 2);
    await desk.container('the customer’s machine', sold.ticket);
    await vendor.withdrawLicense({ params: { license: only(sold) }, body: { reason: 'refund of 2026-11-28' } });
    await desk.onMachine('the customer’s machine', ['sync']);
    return {
      variables: { TICKET: sold.ticket, LICENSE: only(sold) },
      async after([licenses, history]) {
        expect(licenses).toMatch(/cad +withdrawn/);
        expect(history).toMatch(/license\.withdrawn.*withdrawal\.ordered.*refund of 2026-11-28/s);
      },
    };
  },

  'The customer sees nothing on the ticket': async () => {
    const sold = await sell('SO-1003', 'Schulz KG');
    const serial = await desk.container('the other machine', sold.ticket);
    return {
      variables: { TICKET: sold.ticket },
      async after([output]) {
        expect(output).toMatch(/confirmed collected/);
        expect(output).toContain(`${short(serial)}…`);
      },
    };
  },

  'The machine died': async () => {
    const sold = await sell('SO-1004', 'Huber GmbH', 2);
    const dead = await desk.container('the dead machine', sold.ticket);
    return {
      variables: { TICKET: sold.ticket, CONTAINER: short(dead) },
      async after() {
        const serial = await desk.serialOf('the new machine');
        expect(await licensesOf('SO-1004')).toEqual(Array(2).fill(['cad', 'confirmed-collected', serial]));
        expect(await vendor.getContainer({ params: { serial: dead } })).toMatchObject({
          status: 'retired',
          licenses: [],
        });
        await desk.onMachine('the dead machine', ['sync'], [EXIT.refused]);
      },
    };
  },

  'The customer moves to a new machine': async () => {
    const sold = await sell('SO-1005', 'Lang OHG');
    const old = await desk.container('the old machine', sold.ticket);
    return {
      variables: { TICKET: sold.ticket, LICENSE: only(sold) },
      async after() {
        const serial = await desk.serialOf('the new machine');
        expect(await licensesOf('SO-1005')).toEqual([['cad', 'confirmed-collected', serial]]);
        expect(await vendor.getContainer({ params: { serial: old } })).toMatchObject({
          status: 'active',
          licenses: [],
        });
      },
    };
  },

  'The container diverged': async () => {
    const sold = await sell('SO-1006', 'Krause GmbH', 2);
    const machine = 'the same machine';
    await desk.onMachine(machine, ['init', '--server', world.running.url]);
    await desk.onMachine(machine, ['sync', '--ticket', sold.ticket, '--activate', only(sold)]);
    const [file, backup] = ['container.json', 'backup.json'].map((name) => join(desk.folderOf(machine), name));
    copyFileSync(present(file), present(backup));
    await desk.onMachine(machine, ['sync', '--ticket', sold.ticket, '--all']);
    copyFileSync(present(backup), present(file));
    await desk.onMachine(machine, ['sync'], [EXIT.refused]);
    const diverged = await desk.serialOf(machine);
    return {
      variables: { TICKET: sold.ticket, CONTAINER: short(diverged) },
      async after([shown]) {
        expect(shown).toMatch(/container\.diverged/);
        expect(shown).toMatch(/behind/);
        const serial = await desk.serialOf(machine, 'new.json');
        expect(serial).not.toBe(diverged);
        expect(await licensesOf('SO-1006')).toEqual(Array(2).fill(['cad', 'confirmed-collected', serial]));
      },
    };
  },

  'A machine without network': async () => {
    const sold = await sell('SO-1010', 'Labor Nord');
    const machine = 'the offline machine';
    const serial = await desk.container(machine);
    return {
      variables: { LICENSE: only(sold), CONTAINER: serial },
      async after([pushed, shown]) {
        expect(pushed).toContain('1 update in update.json');
        expect(shown).toMatch(/cad +confirmed$/m);
        const held: unknown = JSON.parse(await desk.onMachine(machine, ['show', '--json']));
        expect(held).toMatchObject({ counter: 1, licenses: [{ id: only(sold), product: 'cad' }] });
        expect(readFileSync(join(desk.folderOf('your desk'), 'receipt.txt'), 'utf8')).toMatch(/^ey/);
        expect(await licensesOf('SO-1010')).toEqual([['cad', 'confirmed-collected', serial]]);
      },
    };
  },

  Refund: async () => {
    const sold = await sell('SO-1007', 'Peters e.K.', 2);
    const machine = 'the customer’s machine';
    await desk.onMachine(machine, ['init', '--server', world.running.url]);
    await desk.onMachine(machine, ['sync', '--ticket', sold.ticket, '--activate', present(sold.licenses[1])]);
    const serial = await desk.serialOf(machine);
    return {
      variables: { ORDER: sold.orderId, LICENSE: present(sold.licenses[1]) },
      async after([ordered, shown]) {
        expect(ordered).toMatch(/1 .*withdrawn/);
        expect(shown).toMatch(/withdraw .*waits for the next update/s);
        expect(await licensesOf('SO-1007')).toEqual([
          ['cad', 'confirmed-collected', serial],
          ['cad', 'withdrawn'],
        ]);
        await desk.onMachine(machine, ['sync']);
        expect(await licensesOf('SO-1007')).toEqual(Array(2).fill(['cad', 'withdrawn']));
      },
    };
  },

  'The wrong license was delivered': async () => {
    const sold = await sell('SO-1008', 'Braun GmbH');
    const serial = await desk.container('the old machine', sold.ticket);
    return {
      variables: { ORDER: sold.orderId, LICENSE: only(sold) },
      async after([, replacing]) {
        expect(replacing).toMatch(/State +not on offer: waits to replace/);
        expect(await licensesOf('SO-1008')).toEqual([
          ['cad-pro', 'confirmed-collected', serial],
          ['cad', 'replaced'],
        ]);
      },
    };
  },

  'A replacement has not arrived': () =>
    Promise.resolve({
      variables: { LICENSE: waiting.license },
      async after([listed, shown]) {
        expect(listed).toMatch(/replace by/);
        expect(shown).toMatch(/replace .*waits for the next update of container/);
        expect(shown).toMatch(/ordered 3 days ago/);
        expect(await vendor.getLicense({ params: { license: waiting.license } })).toMatchObject({
          container: waiting.serial,
          pending: { action: 'replace' },
        });
      },
    }),

  'Withdraw everything of a customer or a product': async () => {
    const sold = await sell('SO-1011', 'Schmidt AG', 3);
    await sell('SO-1012', 'Schmidt AGB Verlag');
    const machine = 'the customer’s machine';
    await desk.onMachine(machine, ['init', '--server', world.running.url]);
    await desk.onMachine(machine, ['sync', '--ticket', sold.ticket, '--activate', only(sold)]);
    return {
      variables: {},
      async after([preview]) {
        expect(preview).toMatch(/2/);
        expect(await licensesOf('SO-1012')).toEqual([['cad', 'available']]);
        await desk.onMachine(machine, ['sync']);
        expect(await licensesOf('SO-1011')).toEqual(Array(3).fill(['cad', 'withdrawn']));
      },
    };
  },

  'Which containers are silent': async () => {
    const license = only(await sell('SO-0816', 'Altmann AG'));
    await vendor.assignLicense({ params: { license, serial: silent } });
    return {
      variables: { CONTAINER: short(silent) },
      async after([all, withPending]) {
        expect(all?.trimEnd().split('\n')).toHaveLength(2);
        expect(withPending?.trimEnd().split('\n')).toHaveLength(2);
        expect(await vendor.getContainer({ params: { serial: silent } })).toMatchObject({ name: 'Reception PC' });
      },
    };
  },
};

test('every task of the page has a scene, and every scene a task', () => {
  expect(TASKS.map(({ title }) => title)).toEqual(Object.keys(SCENES));
});

test.each(TASKS)(
  'the commands under “$title” answer the question, and print what the page shows',
  async (task: Task) => {
    desk = new SupportDesk(world, mkdtempSync(join(folder, 'task-')));
    const { variables, after } = await present(SCENES[task.title])();
    const outputs = await desk.run(task, variables);
    await after(outputs.filter((_output, index) => task.blocks[index]?.shown !== undefined));
    const differs = task.blocks.some(
      ({ shown }, index) => shown !== undefined && withoutVarying(shown) !== withoutVarying(outputs[index] ?? ''),
    );
    if (differs) page = withOutputs(page, task, outputs);
  },
);

test('the page shows what its commands print; `-u` writes it', async () => {
  await expect(page).toMatchFileSnapshot(SUPPORT_PAGE);
});
