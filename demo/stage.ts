import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod/mini';
import type { SyncReport } from '../container/index.ts';
import { unbroken } from '../terminal/measure.ts';
import * as answers from './answers.ts';
import type { Api, Reply } from './api.ts';
import type { Customer } from './customer.ts';
import { DemoFailed } from './demo-failed.ts';
import { formatState, type ShownState, shownStateOf } from './license-states.ts';
import type { Page } from './page/page.ts';

/** The state of each license of the order at one moment, by label. */
export type Moment = ReadonlyMap<string, ShownState>;

/** Manual actions that a user requests, by the labels of the licenses. */
export interface Wishes {
  readonly activate?: readonly string[];
  readonly deactivate?: readonly string[];
}

/** What a scene works with: the vendor's API, the customer's two containers, the order and the printed page. */
export class Stage {
  readonly page: Page;
  readonly api: Api;
  /** The two machines of one customer. */
  readonly desk: Customer;
  readonly laptop: Customer;
  /** The order's id and its ticket; empty before the first scene. */
  order = { id: '', ticket: '' };
  private readonly ids = new Map<string, string>();
  private readonly labels = new Map<string, string>();

  constructor(page: Page, api: Api, { desk, laptop }: { readonly desk: Customer; readonly laptop: Customer }) {
    this.page = page;
    this.api = api;
    this.desk = desk;
    this.laptop = laptop;
  }

  /** Sets the label that the demo prints for a license. */
  name(label: string, id: string): void {
    this.ids.set(label, id);
    this.labels.set(id, label);
  }

  id(label: string): string {
    const id = this.ids.get(label);
    if (id === undefined) throw new Error(`No license has the label ${label}`);
    return id;
  }

  label(id: string): string {
    return this.labels.get(id) ?? id;
  }

  listed(ids: readonly string[]): string {
    return ids.map((id) => unbroken(this.label(id))).join(', ') || 'nothing';
  }

  /** Parses an answer; fails the scene when it has another status or shape. */
  read<Schema extends z.ZodMiniType>(reply: Reply, status: number, schema: Schema): z.output<Schema> {
    if (reply.status !== status) this.fail(`the answer is ${status}`, `${reply.status} ${JSON.stringify(reply.body)}`);
    const parsed = schema.safeParse(reply.body);
    if (!parsed.success) this.fail('the answer has the shape of the contract', parsed.error.message);
    return parsed.data as z.output<Schema>;
  }

  /** Requests a reprogramming as the user. It does not apply the update. */
  async reprogram(customer: Customer, { activate = [], deactivate = [] }: Wishes): Promise<answers.Reprogramming> {
    const wishes = {
      activate: activate.map((label) => ({ ticket: this.order.ticket, license: this.id(label) })),
      deactivate: deactivate.map((label) => this.id(label)),
    };
    const body = { context: await customer.context(wishes), ...wishes };
    return this.read(await this.api.depot('POST', '/depot/reprogrammings', body), 200, answers.reprogramming);
  }

  /** Does a user's whole round trip: request, update, receipt. */
  sync(customer: Customer, { activate = [], deactivate = [] }: Wishes): Promise<SyncReport> {
    return customer.sync({
      ticket: this.order.ticket,
      activate: activate.map((label) => this.id(label)),
      deactivate: deactivate.map((label) => this.id(label)),
    });
  }

  /** Sends the container's context, which is the receipt for the updates that it applied. */
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

  /** Labels of the licenses in a container, read from the container itself. */
  async heldBy(customer: Customer): Promise<string[]> {
    return (await customer.content()).licenses.map(({ id }) => this.label(id)).sort();
  }

  /** The present state of each license, as the vendor sees it. */
  async moment(): Promise<Moment> {
    const reply = await this.api.vendor('GET', `/orders/${encodeURIComponent(this.order.id)}`);
    const listed = new Map(this.read(reply, 200, answers.order).licenses.map((license) => [license.id, license]));
    const states = new Map<string, ShownState>();
    for (const [label, id] of this.ids) {
      const license = listed.get(id);
      states.set(label, shownStateOf(license ?? (await this.license(label)), license !== undefined));
    }
    return states;
  }

  /** Prints the licenses that changed, at each moment, and the number of those that did not. */
  show(moments: readonly (readonly [header: string, moment: Moment])[], also: readonly string[] = []): void {
    const last = moments.at(-1)?.[1] ?? new Map();
    const labels = [...last.keys()].sort((one, other) => one.localeCompare(other, 'en'));
    const moved = labels.filter((label) => new Set(moments.map(([, moment]) => moment.get(label))).size > 1);
    const shown = labels.filter((label) => moved.includes(label) || also.includes(label));
    const { page } = this;
    const headers = ['LICENSE', ...moments.map(([header]) => header.toUpperCase())];
    const rowsOf = (isNarrow: boolean): string[][] =>
      shown.map((label) => [
        label,
        ...moments.map(([, moment]) => formatState(moment.get(label), page.style, isNarrow)),
      ]);
    page.table(headers, rowsOf(!page.fits(headers, rowsOf(false))));
    const rest = labels.length - shown.length;
    if (rest > 0) page.prose(page.style.dim(`${rest} more ${rest === 1 ? 'license is' : 'licenses are'} unchanged`));
  }

  /** Prints the content of a container, read from the container itself. */
  async showHeld(customer: Customer): Promise<void> {
    const { counter } = await customer.content();
    const held = (await this.heldBy(customer)).map(unbroken).join(' · ') || 'nothing';
    this.page.prose(`${this.page.style.dim(`${customer.name} holds, at counter ${counter}:`)} ${held}`);
  }

  /** Starts the list of checks of a scene. */
  checks(): void {
    this.page.line();
  }

  check(text: string, holds: boolean, found: unknown): void {
    if (!holds) this.fail(text, typeof found === 'string' ? found : JSON.stringify(found));
    this.page.passed(text);
  }

  equal(text: string, found: unknown, wanted: unknown): void {
    if (!isDeepStrictEqual(found, wanted)) {
      this.fail(text, `${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
    }
    this.page.passed(text);
  }

  /** Checks that exactly these licenses changed, and to these states. */
  moved(text: string, before: Moment, after: Moment, wanted: Readonly<Record<string, ShownState>>): void {
    const found = Object.fromEntries([...after].filter(([label, state]) => before.get(label) !== state));
    this.equal(text, found, wanted);
  }

  private fail(text: string, found: string): never {
    this.page.failed(text, found);
    throw new DemoFailed(text);
  }
}
