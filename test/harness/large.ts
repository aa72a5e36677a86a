/** Many licenses at once: their histories, and the largest requests on the largest ticket. */
import { join } from 'node:path';
import { reprogram } from '../../container/depot.ts';
import { Container, sync } from '../../container/index.ts';
import type { EventBody, LicenseBody, OrderBody, ReprogrammingBody } from './answers.ts';
import { type KeptWebhook, keptWebhook, newSecret, sendErp } from './erp.ts';
import { fresh, ok, readAll, type World } from './world.ts';

export const MOST_ON_TICKET = 2_000;
export const MOST_IN_REQUEST = 1_000;
/** Vendor actions for one container. */
const MOST_PENDING = 1_000;

/** The events of a license that is activated and returned. */
export const CIRCLE = [
  'license.collected',
  'license.collection-confirmed',
  'license.returned',
  'license.return-confirmed',
];
/** An update's transport form, without its operations. */
const MOST_JWS_CHARACTERS = 4_096;
/** A chain of so many is longer than one answer, whose size Lambda limits. */
const UPDATES_OF_CHAIN = 3;
const MOST_ANSWER_BYTES = 5_000_000;
/** Checks that pages of any size repeat nothing and leave nothing out. */
const ODD_PAGE = 777;

export const idsOf = (licenses: readonly { readonly id: string }[]): string[] => licenses.map(({ id }) => id);

/** The faults of a history that must have exactly these licenses, with the same events for each, and nothing twice. */
export function faultsOfLives(
  events: readonly EventBody[],
  licenses: readonly { readonly id: string }[],
  life: readonly string[],
): string[] {
  const faults: string[] = [];
  if (new Set(idsOf(events)).size !== events.length) faults.push('An event occurs twice');
  if (events.some(({ at }, index) => at < (events[index - 1]?.at ?? ''))) faults.push('The events are not in order');
  const response = Map.groupBy(
    events.filter(({ license }) => license !== undefined),
    ({ license }) => license,
  );
  const expected = new Set(idsOf(licenses));
  for (const id of response.keys()) if (!expected.has(String(id))) faults.push(`The history names ${id}`);
  for (const id of expected) {
    const types = (response.get(id) ?? []).map(({ type }) => type);
    if (types.join() !== life.join()) faults.push(`The history of ${id} has ${types.join(', ')}`);
  }
  return faults;
}

/** The largest request on the largest ticket, one update each way. @returns the faults. */
export async function largestRoundTrip(
  world: Pick<World, 'product' | 'vendor' | 'customer' | 'ticket'>,
  say: (text: string) => void,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) faults.push(what);
  };
  const product = await world.product();
  const body = { orderId: fresh('order'), items: [{ product, quantity: MOST_ON_TICKET }] };
  const ordered = await world.vendor<OrderBody>('POST', '/orders', { body });
  const { orderId, ticket, licenses } = ok(ordered, 201);
  const again = await world.vendor('POST', '/orders', { body });
  must(again.status === 200 && again.text === ordered.text, 'The order is another one when it comes again');
  must(new Set(idsOf(licenses)).size === MOST_ON_TICKET, `The order has ${licenses.length} licenses`);
  say(`${licenses.length} licenses are ordered`);

  const [first, rest] = [licenses.slice(0, MOST_IN_REQUEST), licenses.slice(MOST_IN_REQUEST)];
  const customer = await world.customer();
  const held = () => idsOf(customer.container.content.licenses).join();
  const statesOf = async (some: readonly LicenseBody[]) => {
    const ids = new Set(idsOf(some));
    return new Set((await world.ticket(ticket)).filter(({ id }) => ids.has(id)).map(({ state }) => state));
  };
  const there = await customer.sync({ activate: first });
  const [update] = there.updates;
  must(there.updates.length === 1, `It takes ${there.updates.length} updates`);
  must(update?.operations.length === MOST_IN_REQUEST, `The update has ${update?.operations.length} operations`);
  must((update?.jws.length ?? 0) < MOST_JWS_CHARACTERS, `The update's signature has ${update?.jws.length} characters`);
  must(held() === idsOf(first).sort().join(), 'The container holds something else');
  must([...(await statesOf(first))].join() === 'confirmed-collected', 'Not all are shown as collected');
  must([...(await statesOf(rest))].join() === 'available', 'Not all others are shown as available');
  say(`${first.length} are collected in one update`);

  const back = await customer.sync({ deactivate: idsOf(first) });
  must(back.updates.length === 1, `The way back takes ${back.updates.length} updates`);
  must(held() === '', 'The container still holds something');
  must([...(await statesOf(licenses))].join() === 'available', 'Not all are shown as available again');
  say(`${first.length} are returned in one update`);

  const events = await readAll<EventBody>(world.vendor, `/orders/${orderId}/history`, 1_000);
  const response = (some: readonly LicenseBody[]) => {
    const ids = new Set(idsOf(some));
    return events.filter(({ license }) => license !== undefined && ids.has(license));
  };
  faults.push(...faultsOfLives(response(first), first, ['license.delivered', ...CIRCLE]));
  faults.push(...faultsOfLives(response(rest), rest, ['license.delivered']));
  const pages = await readAll<EventBody>(world.vendor, `/containers/${customer.serial}/history`, ODD_PAGE);
  faults.push(...faultsOfLives(pages, first, CIRCLE));
  must(pages.filter(({ type }) => type === 'update.issued').length === 2, 'The history does not have two updates');
  say(`${events.length} events of the order and ${pages.length} of the container in the histories`);
  return faults;
}

/** Every license of the largest order, collected in several updates before the first receipt. @returns the faults. */
export async function largestReceipt(
  world: Pick<World, 'product' | 'order' | 'customer' | 'ticket' | 'historyOf'>,
  say: (text: string) => void,
): Promise<readonly string[]> {
  const product = await world.product();
  const { licenses, ticket } = await world.order([{ product, quantity: MOST_ON_TICKET }]);
  const customer = await world.customer();
  for (let start = 0; start < MOST_ON_TICKET; start += MOST_IN_REQUEST) {
    await customer.reprogram({ activate: licenses.slice(start, start + MOST_IN_REQUEST) });
  }
  await customer.apply((await customer.reprogram()).updates);
  ok(await customer.receipt(), 200);
  say(`${MOST_ON_TICKET} collections are confirmed by one receipt`);
  const isConfirmed = (await world.ticket(ticket)).every(({ state }) => state === 'confirmed-collected');
  const events = await world.historyOf({ container: customer.serial });
  const life = ['license.collected', 'license.collection-confirmed'];
  return [...(isConfirmed ? [] : ['Not all are confirmed']), ...faultsOfLives(events, licenses, life)];
}

/** More outstanding updates than one answer holds: the container gets them in parts, the vendor as files. @returns the faults. */
export async function longestChain(
  world: Pick<World, 'running' | 'product' | 'order' | 'user' | 'vendor' | 'containerOf'>,
  folder: string,
  say: (text: string) => void,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) faults.push(what);
  };
  // Each quotation mark takes four bytes in Lambda's answer: three updates are as long as five others.
  const terms = { features: Array.from({ length: 5 }, () => '"'.repeat(100)) };
  const product = await world.product();
  const keys = ok(await world.user('GET', '/.well-known/relicense-keys'));
  const server = world.running.url;
  const container = await Container.create({ path: join(folder, 'container.json'), keys, server });
  const wanted: string[] = [];
  let last = '';
  for (let update = 0; update < UPDATES_OF_CHAIN; update++) {
    const { licenses, ticket } = await world.order([{ product, quantity: MOST_IN_REQUEST, terms }]);
    wanted.push(...idsOf(licenses));
    const activate = licenses.map(({ id }) => ({ ticket, license: id }));
    const made = await reprogram(server, { context: await container.context({ wishes: { activate } }), activate }, {});
    if (!made.ok) throw new Error(JSON.stringify(made));
    must(
      made.status === 'issued' && made.more === (update === UPDATES_OF_CHAIN - 1),
      `Update ${update} says ${made.more}`,
    );
    last = made.id;
  }
  const again = ok(await world.user<ReprogrammingBody>('GET', `/depot/reprogrammings/${last}`));
  must(again.updates.length === 2 && again.more === true, `The answer has ${again.updates.length} updates`);
  say(`${wanted.length} licenses are outstanding in ${UPDATES_OF_CHAIN} updates, of which one answer holds two`);

  // A container without network imports each file by itself.
  const path = `/containers/${container.serial}/updates`;
  const first = await world.vendor<{ updates: unknown[] }>('GET', path);
  must(Object.keys(ok(first)).join() === 'updates', 'The file has another member');
  must(first.headers.get('link') === `<${path}?from=2>; rel="next"`, `The next file is ${first.headers.get('link')}`);
  must(JSON.stringify(first.text).length < MOST_ANSWER_BYTES, `The file has ${first.text.length} characters`);
  const rest = await world.vendor<{ updates: unknown[] }>('GET', `${path}?from=2`);
  must(ok(rest).updates.length === 1 && rest.headers.get('link') === null, 'The second file is not the last');

  const result = await sync(container);
  must(result.ok && result.report.status === 'confirmed', JSON.stringify(result).slice(0, 300));
  must(result.report.applied.length === UPDATES_OF_CHAIN, `${result.report.applied.length} updates are applied`);
  must(idsOf(container.content.licenses).join() === wanted.sort().join(), 'The container holds something else');
  const { counter, outstanding } = await world.containerOf(container.serial);
  must(counter === UPDATES_OF_CHAIN && outstanding.length === 0, `${outstanding.length} updates are outstanding`);
  say('one sync imports them all, in two parts');
  return faults;
}

/**
 * The largest orders, cancelled by the ERP: one whose licenses are all available, and one whose licenses are all in one
 * container, which takes two attempts because of the limit on pending actions. @returns the faults.
 */
export async function largestCancellations(
  world: Pick<World, 'product' | 'order' | 'vendor' | 'user' | 'customer' | 'ticket' | 'historyOf'>,
  say: (text: string) => void,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) faults.push(what);
  };
  const { secret } = await newSecret(world);
  const product = await world.product();
  const sell = () => world.order([{ product, quantity: MOST_ON_TICKET }]);
  const cancel = async ({ orderId }: OrderBody): Promise<KeptWebhook> => {
    const id = fresh('msg');
    for (const _ of ['once', 'again']) ok(await sendErp(world, 'order.cancelled', { orderId }, { id, secret }), 202);
    return keptWebhook(world, id);
  };
  const numbers = ({ state, result = {} }: KeptWebhook): string =>
    [state, ...['withdrawn', 'pending', 'refused'].map((name) => (result[name] as unknown[]).length)].join();

  const available = await sell();
  must(numbers(await cancel(available)) === `done,${MOST_ON_TICKET},0,0`, 'Not all available ones are withdrawn');
  const life = ['license.delivered', 'license.withdrawn'];
  faults.push(...faultsOfLives(await world.historyOf({ order: available.orderId }), available.licenses, life));
  say(`${MOST_ON_TICKET} available licenses are withdrawn with their order`);

  const collected = await sell();
  const customer = await world.customer();
  for (let start = 0; start < MOST_ON_TICKET; start += MOST_IN_REQUEST) {
    await customer.sync({ activate: collected.licenses.slice(start, start + MOST_IN_REQUEST) });
  }
  say(`${MOST_ON_TICKET} are collected in one container`);
  const first = await cancel(collected);
  const left = MOST_ON_TICKET - MOST_PENDING;
  must(numbers(first) === `failed,0,${MOST_PENDING},${left}`, `Cancelled: ${numbers(first)}`);
  say(`${MOST_PENDING} of them are earmarked with their order, and ${left} refused`);
  await customer.sync();
  const replayed = ok(await world.vendor<KeptWebhook>('POST', `/webhooks/${first.id}/replay`));
  must(numbers(replayed) === `done,0,${left},0`, `Replayed: ${numbers(replayed)}`);
  await customer.sync();
  must(customer.container.content.licenses.length === 0, 'The container still holds something');
  must((await world.ticket(collected.ticket)).length === 0, 'The ticket still shows something');
  say('all of them are withdrawn');
  return faults;
}
