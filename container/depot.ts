import { defined } from '../protocol/defined.ts';
import { isObject } from '../protocol/http-client.ts';
import { isCount } from '../protocol/index.ts';
import {
  type ActionReason,
  type DepotAnswer,
  type HttpOptions,
  type Problem,
  readActionReasons,
  request,
} from './depot-request.ts';

/** The server refused, or sent no usable answer. */
export type Refused =
  | { readonly ok: false; readonly kind: 'problem'; readonly problem: Problem }
  | { readonly ok: false; readonly kind: 'unreachable'; readonly detail: string };

/** License ids per step of the sequence. */
export interface Executed {
  readonly withdraw: readonly string[];
  readonly deactivate: readonly string[];
  readonly assign: readonly string[];
  readonly replace: readonly { readonly old: string; readonly new: string }[];
  readonly activate: readonly string[];
}

export interface Reprogramming {
  readonly ok: true;
  readonly id: string;
  readonly status: string;
  readonly executed: Executed;
  readonly dropped: readonly ActionReason[];
  readonly file: ServerFile;
  /** There are more updates. After these are applied, a new context gets the rest. */
  readonly more: boolean;
}

/** The update file in an answer, unchecked: `Container.apply` verifies it. */
export interface ServerFile {
  readonly keySets?: readonly unknown[];
  readonly updates: readonly unknown[];
  readonly lease?: unknown;
  /** The server remembers a context of this time: the next one must be later (C1). */
  readonly late?: number;
}

/** Whether the answer has nothing for the container. */
export function isEmpty({ updates, keySets, lease, late }: ServerFile): boolean {
  return updates.length === 0 && keySets === undefined && lease === undefined && late === undefined;
}

export interface ReprogrammingRequest {
  readonly context: string;
  readonly activate?: readonly { readonly ticket: string; readonly license: string }[];
  readonly deactivate?: readonly string[];
  readonly preview?: boolean;
}

/** The members of a ticket's license that `sync` uses. */
export interface TicketLicense {
  readonly id: string;
  readonly product: string;
  readonly state: string;
  readonly requires: readonly string[];
  /** The container that holds it, collects it or has returned it. */
  readonly container?: string;
  /** The container that a pending vendor action binds it to. */
  readonly pendingFor?: string;
  /** Whether it can be chosen: a replacement that waits is not on offer. */
  readonly onOffer: boolean;
  /** RFC 3339: it cannot be activated before. */
  readonly availableFrom?: string;
  /** RFC 3339. */
  readonly expiresAt?: string;
}

/** A vendor action that the container's next update carries out. */
export interface AutoUpdate {
  readonly license: string;
  readonly product?: string;
  readonly replacement?: string;
  readonly replacementProduct?: string;
  readonly reason?: string;
}

export interface DepotOptions extends HttpOptions {
  /** Called each time the server needs longer. */
  readonly onWait?: (() => void) | undefined;
}

const WAIT_SECONDS = 10;
const POLL_MILLISECONDS = 250;

/** The vendor's key sets, as the server lists them, not yet checked. */
export async function getKeySets(server: string, options: HttpOptions): Promise<{ ok: true; keys: unknown } | Refused> {
  const answer = await request(server, { method: 'GET', path: '/.well-known/relicense-keys' }, options);
  return answer.kind === 'answer' ? { ok: true, keys: answer.body } : refused(answer);
}

/** The licenses on a ticket. */
export async function getTicket(
  server: string,
  code: string,
  options: HttpOptions,
): Promise<{ ok: true; licenses: TicketLicense[] } | Refused> {
  const answer = await request(server, { method: 'GET', path: `/depot/tickets/${encodeURIComponent(code)}` }, options);
  if (answer.kind !== 'answer') return refused(answer);
  const licenses = readTicket(answer.body);
  return licenses === undefined ? unexpected(server, 'ticket') : { ok: true, licenses };
}

/** Reads a ticket as the server or this program wrote it; licenses without the needed members are skipped. */
export function readTicket(value: unknown): TicketLicense[] | undefined {
  const listed = isObject(value) ? value.licenses : undefined;
  return Array.isArray(listed) ? listed.flatMap(readTicketLicense) : undefined;
}

/** The vendor actions that wait for the container's next update. */
export async function getAutoUpdates(
  server: string,
  context: string,
  options: HttpOptions,
): Promise<{ ok: true; actions: AutoUpdate[] } | Refused> {
  const answer = await request(server, { method: 'POST', path: '/depot/auto-updates', body: { context } }, options);
  if (answer.kind !== 'answer') return refused(answer);
  const listed = isObject(answer.body) ? answer.body.items : undefined;
  if (!Array.isArray(listed)) return unexpected(server, 'list of vendor actions');
  return { ok: true, actions: listed.flatMap(readAutoUpdate) };
}

/** Requests a reprogramming and waits for its update. */
export async function reprogram(
  server: string,
  body: ReprogrammingRequest,
  options: DepotOptions,
): Promise<Reprogramming | Refused> {
  let answer = await request(
    server,
    { method: 'POST', path: '/depot/reprogrammings', body, waitSeconds: waitSeconds(options) },
    options,
  );
  let id: string | undefined;
  for (;;) {
    const progress = readProgress(server, answer, id);
    if (typeof progress !== 'string') return progress;
    id = progress;
    if (options.deadline !== undefined && performance.now() >= options.deadline) {
      return { ok: false, kind: 'unreachable', detail: `${server} has not issued the update yet; sync again later` };
    }
    options.onWait?.();
    // A server that ignores `Prefer: wait` must not be polled without a pause.
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    const path = `/depot/reprogrammings/${encodeURIComponent(id)}`;
    answer = await request(server, { method: 'GET', path, waitSeconds: waitSeconds(options) }, options);
  }
}

/** Seconds that the server may take for its answer, so that the answer arrives before the deadline. */
function waitSeconds({ deadline }: HttpOptions): number {
  if (deadline === undefined) return WAIT_SECONDS;
  return Math.max(0, Math.min(WAIT_SECONDS, Math.floor((deadline - performance.now()) / 1000) - 1));
}

/** Reads an answer about a reprogramming: its id while it is planned, then the reprogramming. `known` is its id, if known. */
function readProgress(
  server: string,
  answer: DepotAnswer,
  known: string | undefined,
): string | Reprogramming | Refused {
  if (answer.kind === 'answer') {
    const response = readReprogramming(answer.body);
    if (response === undefined) return unexpected(server, 'reprogramming');
    return response.status === 'planned' ? response.id : response;
  }
  // A reprogramming that was started a moment ago may not be readable yet.
  if (known !== undefined && answer.kind === 'problem' && answer.problem.status === 404) return known;
  return refused(answer);
}

/** Sends a context as the receipt. The answer can have key sets and a lease. */
export async function sendReceipt(
  server: string,
  context: string,
  options: HttpOptions,
): Promise<{ ok: true; file: ServerFile } | Refused> {
  const answer = await request(server, { method: 'POST', path: '/depot/receipts', body: { context } }, options);
  return answer.kind === 'answer' ? { ok: true, file: readFile(answer.body) } : refused(answer);
}

function refused(answer: Exclude<DepotAnswer, { kind: 'answer' }>): Refused {
  return { ok: false, ...answer };
}

function unexpected(server: string, what: string): Refused {
  return { ok: false, kind: 'unreachable', detail: `${server} sent an answer that is not a ${what}` };
}

function readTicketLicense(value: unknown): TicketLicense[] {
  if (!isObject(value)) return [];
  const { id, product, state, requires, pending, container, onOffer, availableFrom, terms } = value;
  if (typeof id !== 'string' || typeof product !== 'string' || typeof state !== 'string') return [];
  const more = {
    container: text(container),
    pendingFor: text(isObject(pending) ? pending.container : value.pendingFor),
    availableFrom: text(availableFrom),
    expiresAt: text(isObject(terms) ? terms.expiresAt : value.expiresAt),
  };
  return [{ id, product, state, requires: texts(requires), onOffer: onOffer !== false, ...defined(more) }];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readAutoUpdate(value: unknown): AutoUpdate[] {
  if (!isObject(value) || typeof value.license !== 'string') return [];
  const { license, product, replacement, replacementProduct, reason } = value;
  return [
    {
      license,
      ...textMember('product', product),
      ...textMember('replacement', replacement),
      ...textMember('replacementProduct', replacementProduct),
      ...textMember('reason', reason),
    },
  ];
}

function textMember<Name extends string>(name: Name, value: unknown): { readonly [Key in Name]?: string } {
  return typeof value === 'string' ? ({ [name]: value } as { readonly [Key in Name]: string }) : {};
}

function readReprogramming(body: unknown): Reprogramming | undefined {
  if (!isObject(body) || typeof body.id !== 'string' || typeof body.status !== 'string') return undefined;
  const executed = isObject(body.executed) ? body.executed : {};
  return {
    ok: true,
    id: body.id,
    status: body.status,
    executed: {
      withdraw: texts(executed.withdraw),
      deactivate: texts(executed.deactivate),
      assign: texts(executed.assign),
      replace: pairs(executed.replace),
      activate: texts(executed.activate),
    },
    dropped: readActionReasons(body.dropped),
    file: readFile(body),
    more: body.more === true,
  };
}

function readFile(body: unknown): ServerFile {
  const { keySets, updates, lease, late } = isObject(body) ? body : {};
  return {
    updates: Array.isArray(updates) ? updates : [],
    ...(Array.isArray(keySets) ? { keySets } : {}),
    ...(lease === undefined ? {} : { lease }),
    ...(isCount(late) ? { late } : {}),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function pairs(value: unknown): { old: string; new: string }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (!isObject(item) || typeof item.old !== 'string' || typeof item.new !== 'string') return [];
    return [{ old: item.old, new: item.new }];
  });
}
