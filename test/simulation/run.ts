/** The state of a running history, and short names for its licenses and containers. */
import type { KeySet } from '../../protocol/index.ts';
import { newHolding, type TestHolding } from '../harness/holding.ts';
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

/** A container, or a copy of it: the same key with its own content. */
export interface Instance {
  readonly identity: Identity;
  holding: TestHolding;
  /** Every genuine context of the container and its copies. */
  readonly contexts: string[];
  /** Part of the ids of its contexts. */
  readonly name: string;
  made: number;
}

/** The customer's container. At rest its content is never behind the copy's. */
export interface Customer extends Instance {
  /** A copy made by the user. The server sees only the key, which is the same. */
  copy?: Instance;
  copies: number;
}

export function newCustomer(identity: Identity, keySets: readonly KeySet[]): Customer {
  return { identity, holding: newHolding(identity.serial, keySets), contexts: [], name: '', made: 0, copies: 0 };
}

/** Swaps a container and its copy if the copy has the higher counter. */
export function putFurthestFirst(customer: Customer): void {
  const { holding, copy } = customer;
  if (copy === undefined || copy.holding.content.counter <= holding.content.counter) return;
  customer.holding = copy.holding;
  copy.holding = holding;
}

export interface KnownContext {
  readonly context: ModelContext;
  readonly jti: string;
}

/** The state of a running history. */
export interface Run {
  readonly world: World;
  readonly invariants: Invariants;
  readonly customers: readonly Customer[];
  readonly contexts: Map<string, KnownContext>;
  readonly requests: HttpRequest[];
  /** The ids of reprogrammings that answers contained. */
  readonly reprogrammings: Set<string>;
  readonly log: string[];
  readonly coverage: Map<string, number>;
  model: Model;
  /** Atomic steps of unanswered requests: a frozen task may still take them in a later step. */
  unresolved: SentRequest[];
  orders: number;
  requestsSent: number;
}

export function knownContextOf(run: Run, context: string): KnownContext {
  const response = run.contexts.get(context);
  if (response === undefined) throw new Error('Unknown context');
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

/** A short name such as `container-1` or `basic-7`. */
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
