import { unbroken } from '../../terminal/measure.ts';
import { autoUpdates, type HistoryEvent, history } from '../answers.ts';
import type { Customer } from '../customer.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const PAGE_LIMIT = 50;
const CLOCK = { from: 11, to: 19 };

/** Each withdrawn or replaced license, with the last event type that the order's history must have for it. */
const GONE: Readonly<Record<string, string>> = {
  Network: 'license.withdrawn',
  Render: 'license.withdrawn',
  Simulation: 'license.withdrawn',
  'Viewer 1': 'license.withdrawn',
  Export: 'license.replaced',
  Materials: 'license.replaced',
};

export const histories: Scene = {
  title: 'The histories show everything that happened',
  why: 'A withdrawn or replaced license leaves the ticket, but not the histories: each change and its event were written in the same transaction.',
  quote: 'It will only be visible in the history logs of the order and the CmContainer.',

  async play(stage) {
    const { page, desk, laptop } = stage;
    const ofOrder = await readAll(stage, `/orders/${encodeURIComponent(stage.order.id)}/history`);
    page.line();
    page.prose(page.style.bold('Licenses that are gone from the ticket'));
    for (const label of Object.keys(GONE)) page.named(label, page.style.dim(lifeOf(stage, label, ofOrder).join(' → ')));
    const ofDesk = await readAll(stage, `/containers/${desk.serial}/history`);
    const ofLaptop = await readAll(stage, `/containers/${laptop.serial}/history`);
    for (const [customer, events] of [
      [desk, ofDesk],
      [laptop, ofLaptop],
    ] as const) {
      page.line();
      page.prose(`${page.style.bold(customer.name)} ${page.style.dim(customer.serial)}`);
      showTimeline(stage, events);
    }

    stage.checks();
    stage.equal(
      'the order’s history ends with the right event for each of these licenses',
      Object.fromEntries(
        Object.keys(GONE).map((label) => [label, ofOrder.findLast(({ license }) => license === stage.id(label))?.type]),
      ),
      GONE,
    );
    stage.check(
      'both container histories are sorted, oldest first',
      isSorted(ofDesk) && isSorted(ofLaptop),
      'not sorted',
    );
    const issued = (events: readonly HistoryEvent[]) => events.filter(({ type }) => type === 'update.issued').length;
    stage.equal(
      'each counter equals the number of issued updates',
      [issued(ofDesk), issued(ofLaptop)],
      [(await stage.container(desk)).counter, (await stage.container(laptop)).counter],
    );
    stage.equal('the ticket shows exactly the remaining licenses', (await stage.onTicket()).sort(), [
      'CAD 1',
      'CAD 2',
      'Export (new)',
      'Materials (new)',
      'Report',
      'Viewer 2',
      'Viewer 3',
      'Viewer 4',
    ]);
    const waiting = await Promise.all([desk, laptop].map((customer) => pendingOf(stage, customer)));
    stage.equal('no vendor action is pending', waiting, [[], []]);
    const { counter, digest } = await stage.container(desk);
    stage.equal(
      'vendor and desk agree on counter and digest',
      [counter, digest],
      [(await desk.content()).counter, await desk.digest()],
    );
  },
};

async function pendingOf(stage: Stage, customer: Customer): Promise<unknown[]> {
  const reply = await stage.api.vendor('GET', `/containers/${customer.serial}/auto-updates`);
  return stage.read(reply, 200, autoUpdates).items;
}

async function readAll(stage: Stage, path: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? '' : `&cursor=${cursor}`;
    const page = stage.read(await stage.api.vendor('GET', `${path}?limit=${PAGE_LIMIT}${more}`), 200, history);
    events.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return events;
}

function isSorted(events: readonly HistoryEvent[]): boolean {
  return events.every(({ at }, index) => index === 0 || at >= (events[index - 1]?.at ?? ''));
}

/** The types of the license's events in words: `delivered`, `collected`, `withdrawal ordered`. */
function lifeOf(stage: Stage, label: string, events: readonly HistoryEvent[]): string[] {
  return events.filter(({ license }) => license === stage.id(label)).map(({ type }) => inWords(type));
}

function inWords(type: string): string {
  const [subject = '', word = ''] = type.split('.');
  return subject === 'license' ? word.replaceAll('-', ' ') : `${subject} ${word.replaceAll('-', ' ')}`;
}

/** Prints the events; successive events of the same type, counter and step share one line. */
function showTimeline(stage: Stage, events: readonly HistoryEvent[]): void {
  const { page } = stage;
  const lines: { event: HistoryEvent; labels: string[] }[] = [];
  for (const event of events) {
    const last = lines.at(-1);
    const labels = event.license === undefined ? [] : [unbroken(stage.label(event.license))];
    const same =
      last?.event.type === event.type && last.event.counter === event.counter && last.event.step === event.step;
    if (last !== undefined && same && event.license !== undefined) last.labels.push(...labels);
    else lines.push({ event, labels });
  }
  page.table(
    ['TIME', 'BY', 'COUNTER', 'WHAT', 'LICENSES, REASON'],
    lines.map(({ event, labels }) => [
      page.style.dim(event.at.slice(CLOCK.from, CLOCK.to)),
      event.actor,
      event.counter === undefined ? '' : `#${event.counter}`,
      inWords(event.type),
      [labels.join(', '), ...(event.reason === undefined ? [] : [page.style.dim(event.reason)])]
        .filter(Boolean)
        .join(' – '),
    ]),
  );
}
