import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod/mini';
import type { SyncReport } from '../container/index.ts';
import { unbroken } from '../terminal/measure.ts';
import * as answers from './answers.ts';
import type { Api, Reply } from './api.ts';
import type { Customer } from './customer.ts';
import { DemoFailed } from './demo-failed.ts';
import type { Page } from './page/page.ts';
import { drawn, type Stand, standOf } from './stands.ts';

/** Where every license of the order stands at one moment, by label. */
export type Moment = ReadonlyMap<string, Stand>;

/** Manual actions of a user, by the labels of the licenses. */
export interface Wishes {
  readonly activate?: readonly string[];
  readonly deactivate?: readonly string[];
}

/** What the scenes are played on: the vendor, the customer's containers, the order, and the page that it is told on. */
export class Stage {
  readonly page: Page;
  readonly api: Api;
  /** Desk and laptop of one customer. */
  readonly desk: Customer;
  readonly laptop: Customer;
  /** The vendor's order and the customer's ticket, once there is one. */
  order = { id: '', ticket: '' };
  private readonly ids = new Map<string, string>();
  private readonly labels = new Map<string, string>();

  constructor(page: Page, api: Api, { desk, laptop }: { readonly desk: Customer; readonly laptop: Customer }) {
    this.page = page;
    this.api = api;
    this.desk = desk;
    this.laptop = laptop;
  }

  /** Gives a license the name that it is told by. */
  name(label: string, id: string): void {
    this.ids.set(label, id);
    this.labels.set(id, label);
  }

  id(label: string): string {
    const id = this.ids.get(label);
    if (id === undefined) throw new Error(`No license is called ${label}`);
    return id;
  }

  label(id: string): string {
    return this.labels.get(id) ?? id;
  }

  listed(ids: readonly string[]): string {
    return ids.map((id) => unbroken(this.label(id))).join(', ') || 'nothing';
  }

  /** Reads an answer that must have this status and shape. */
  read<Schema extends z.ZodMiniType>(reply: Reply, status: number, schema: Schema): z.output<Schema> {
    if (reply.status !== status) this.fail(`the answer is ${status}`, `${reply.status} ${JSON.stringify(reply.body)}`);
    const parsed = schema.safeParse(reply.body);
    if (!parsed.success) this.fail('the answer has the shape of the contract', parsed.error.message);
    return parsed.data as z.output<Schema>;
  }

  /** A user's request for a reprogramming of his container, by labels. The update is not applied yet. */
  async reprogram(customer: Customer, { activate = [], deactivate = [] }: Wishes): Promise<answers.Reprogramming> {
    const body = {
      context: await customer.context(),
      activate: activate.map((label) => ({ ticket: this.order.ticket, license: this.id(label) })),
      deactivate: deactivate.map((label) => this.id(label)),
    };
    return this.read(await this.api.depot('POST', '/depot/reprogrammings', body), 200, answers.reprogramming);
  }

  /** A user's whole round trip: request, update, receipt. */
  sync(customer: Customer, { activate = [], deactivate = [] }: Wishes): Promise<SyncReport> {
    return customer.sync({
      ticket: this.order.ticket,
      activate: activate.map((label) => this.id(label)),
      deactivate: deactivate.map((label) => this.id(label)),
    });
  }

  /** Sends the container's context, which is the receipt for what it has applied. */
  async sendReceipt(customer: Customer): Promise<void> {
    const reply = await this.api.depot('POST', '/depot/receipts', { context: await customer.context() });
    this.read(reply, 200, answers.receipt);
  }

  async container(customer: Customer): Promise<z.output<typeof answers.container>> {
    return this.read(await this.api.vendor('GET', `/containers/${customer.serial}`), 200, answers.container);
  }

  async license(label: string): Promise<answers.License> {
    return this.read(await this.api.vendor('GET', `/licenses/${this.id(label)}`), 200, answers.license);
  }

  /** Labels of the licenses that the ticket shows to its user. */
  async onTicket(): Promise<string[]> {
    const reply = await this.api.depot('GET', `/depot/tickets/${this.order.ticket}`);
    return this.read(reply, 200, answers.ticket).licenses.map(({ id }) => this.label(id));
  }

  /** Labels of the licenses that are in a container, as the container itself says. */
  async heldBy(customer: Customer): Promise<string[]> {
    return (await customer.content()).licenses.map(({ id }) => this.label(id)).sort();
  }

  /** Where every license stands now, in the vendor's view. */
  async moment(): Promise<Moment> {
    const reply = await this.api.vendor('GET', `/orders/${encodeURIComponent(this.order.id)}`);
    const listed = new Map(this.read(reply, 200, answers.order).licenses.map((license) => [license.id, license]));
    const stands = new Map<string, Stand>();
    for (const [label, id] of this.ids) {
      const license = listed.get(id);
      stands.set(label, standOf(license ?? (await this.license(label)), license !== undefined));
    }
    return stands;
  }

  /** Shows the licenses that moved, at each moment, and how many did not. */
  show(moments: readonly (readonly [header: string, moment: Moment])[], also: readonly string[] = []): void {
    const last = moments.at(-1)?.[1] ?? new Map();
    const labels = [...last.keys()].sort((one, other) => one.localeCompare(other, 'en'));
    const moved = labels.filter((label) => new Set(moments.map(([, moment]) => moment.get(label))).size > 1);
    const shown = labels.filter((label) => moved.includes(label) || also.includes(label));
    const { page } = this;
    const headers = ['LICENSE', ...moments.map(([header]) => header.toUpperCase())];
    const rowsOf = (isNarrow: boolean): string[][] =>
      shown.map((label) => [label, ...moments.map(([, moment]) => drawn(moment.get(label), page.style, isNarrow))]);
    page.table(headers, rowsOf(!page.fits(headers, rowsOf(false))));
    const rest = labels.length - shown.length;
    if (rest > 0)
      page.prose(page.style.dim(`${rest} more ${rest === 1 ? 'license stands' : 'licenses stand'} as before`));
  }

  /** Tells what a container holds, as the container itself says. */
  async showHeld(customer: Customer): Promise<void> {
    const { counter } = await customer.content();
    const held = (await this.heldBy(customer)).map(unbroken).join(' · ') || 'nothing';
    this.page.prose(`${this.page.style.dim(`${customer.name} holds, at counter ${counter}:`)} ${held}`);
  }

  /** Starts the checks of a scene. */
  checks(): void {
    this.page.line();
  }

  check(text: string, holds: boolean, found: unknown): void {
    if (!holds) this.fail(text, typeof found === 'string' ? found : JSON.stringify(found));
    this.page.held(text);
  }

  equal(text: string, found: unknown, wanted: unknown): void {
    if (!isDeepStrictEqual(found, wanted)) {
      this.fail(text, `${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
    }
    this.page.held(text);
  }

  /** Exactly these licenses stand elsewhere than before, and where; every other one stands as it did. */
  moved(text: string, before: Moment, after: Moment, wanted: Readonly<Record<string, Stand>>): void {
    const found = Object.fromEntries([...after].filter(([label, stand]) => before.get(label) !== stand));
    this.equal(text, found, wanted);
  }

  private fail(text: string, found: string): never {
    this.page.failed(text, found);
    throw new DemoFailed(text);
  }
}
