/** What a running history keeps, and the names by which a person can tell its licenses and containers apart. */
import { type Content, EMPTY_CONTENT } from '../../protocol/index.ts';
import type { SentRequest } from './checker.ts';
import type { Identity } from './identities.ts';
import type { Invariants } from './invariants.ts';
import type { Model, ModelContext } from './model.ts';
import type { HttpRequest, Reply, World } from './world.ts';

export const PRODUCTS: readonly { readonly code: string; readonly requires: readonly string[] }[] = [
  { code: 'basic', requires: [] },
  { code: 'addon', requires: ['basic'] },
  { code: 'suite', requires: [] },
  { code: 'plugin', requires: ['addon'] },
];

export const DAYS_21 = 21 * 24 * 60 * 60 * 1000;

/** A container, or a copy of it: the same key, and a content of its own. */
export interface Instance {
  readonly identity: Identity;
  content: Content;
  /** Every genuine context of the container, whoever made it. */
  readonly contexts: string[];
  /** Stands in the ids of its contexts. */
  readonly name: string;
  made: number;
}

/** Whose content is, at rest, never behind that of the copy. */
export interface Customer extends Instance {
  /** What a user keeps who copies his container: the server knows only the key. */
  copy?: Instance;
  copies: number;
}

export function newCustomer(identity: Identity): Customer {
  return { identity, content: EMPTY_CONTENT, contexts: [], name: '', made: 0, copies: 0 };
}

/** Of a container and its copy, the one that went further is from now on the one that counts. */
export function putFurthestFirst(customer: Customer): void {
  const { content, copy } = customer;
  if (copy === undefined || copy.content.counter <= content.counter) return;
  customer.content = copy.content;
  copy.content = content;
}

export interface KnownContext {
  readonly context: ModelContext;
  readonly jti: string;
}

/** Everything that a running history keeps. */
export interface Run {
  readonly world: World;
  readonly invariants: Invariants;
  readonly customers: readonly Customer[];
  readonly contexts: Map<string, KnownContext>;
  readonly requests: HttpRequest[];
  /** Their ids, as they were told. */
  readonly reprogrammings: Set<string>;
  readonly log: string[];
  readonly coverage: Map<string, number>;
  model: Model;
  /** Moments of requests that nobody was told of: a task that was frozen may still do them in a later step. */
  unresolved: SentRequest[];
  orders: number;
  requestsSent: number;
}

export function knownContextOf(run: Run, context: string): KnownContext {
  const response = run.contexts.get(context);
  if (response === undefined) throw new Error('A context that nobody made');
  return response;
}

export function requiresOf(product: string): readonly string[] {
  return PRODUCTS.find(({ code }) => code === product)?.requires ?? [];
}

export function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

export function pick<Item>(items: readonly Item[], number: number): Item {
  const item = items[number % items.length];
  if (item === undefined) throw new RangeError('There is nothing to pick from');
  return item;
}

/** Names that a person can tell apart: `container 1`, `license 0007`. */
export function shortOf(run: Run, name: string): string {
  const number = run.customers.findIndex(({ identity: own }) => own.serial === name);
  if (number >= 0) return `container-${number}`;
  const license = run.model.licenses.get(name);
  if (license === undefined) return name.length > 20 ? `${name.slice(0, 8)}…` : name;
  return `${license.product}-${[...run.model.licenses.keys()].indexOf(name)}`;
}

export function inShort(reply: Reply): string {
  if (reply.kind === 'lost') return 'no answer';
  const { code, status } = reply.body;
  return [reply.status, code ?? status ?? ''].join(' ').trim();
}
