import type { ApplyReport, Container } from './container.ts';
import {
  type DepotOptions,
  type Executed,
  getTicket,
  type Refused,
  type Reprogramming,
  type ReprogrammingRequest,
  reprogram,
  sendReceipt,
  type TicketLicense,
} from './depot.ts';
import type { ActionReason } from './depot-request.ts';
import { readTicketCode } from './ticket-code.ts';

export interface SyncOptions extends DepotOptions {
  /** Base address of the vendor's server; the container's own unless said. */
  readonly server?: string | undefined;
  /** The ticket whose licenses are activated. */
  readonly ticket?: string | undefined;
  /** Licenses on the ticket to activate, or all that are available to this container. */
  readonly activate?: readonly string[] | 'all' | undefined;
  /** Licenses in the container to give back. */
  readonly deactivate?: readonly string[] | undefined;
  /** Only asks what would be done. */
  readonly preview?: boolean | undefined;
}

/** What a sync has done so far: also when it ends with a refusal, because each part of it stands for itself. */
export interface SyncReport {
  /** `previewed`, `unchanged`, or `confirmed`: the server has the receipt. */
  readonly status: 'previewed' | 'unchanged' | 'confirmed';
  readonly executed: Executed;
  /** Manual actions that gave way to the vendor's, each with its reason (Q3). */
  readonly dropped: readonly ActionReason[];
  /** The updates that came into the container. */
  readonly applied: ApplyReport['applied'];
}

export type SyncFault =
  | Refused
  /** A manual action that cannot be asked for: no server known, no such ticket code. */
  | { readonly ok: false; readonly kind: 'usage'; readonly detail: string }
  /** The server's updates were not applied; the container is as it was, or where the last good one led. */
  | { readonly ok: false; readonly kind: 'update'; readonly code: UpdateRefusal; readonly index?: number };

type UpdateRefusal = Extract<ApplyReport, { ok: false }>['code'];

export type SyncResult =
  | { readonly ok: true; readonly report: SyncReport }
  | { readonly ok: false; readonly fault: SyncFault; readonly report: SyncReport };

/** Manual activations that the server takes in one request; more go in several rounds. */
const MAX_ACTIVATIONS = 1_000;

const NOTHING: SyncReport = {
  status: 'unchanged',
  executed: { withdraw: [], deactivate: [], assign: [], replace: [], activate: [] },
  dropped: [],
  applied: [],
};

/**
 * The whole round trip: sends the context with the manual actions, waits for the update, applies the chain, sends the
 * receipt. It can be stopped anywhere and asked again: the next context tells the server where the container is.
 *
 * @throws ContainerError as `Container.open`, `other-container` and `locked`.
 *
 * @example
 * const container = await Container.open('container.json');
 * const result = await sync(container, { ticket: '3YJ0R-...', activate: 'all' });
 * if (result.ok) console.log(result.report.executed.activate);
 * else console.error(result.fault);
 */
export async function sync(container: Container, options: SyncOptions = {}): Promise<SyncResult> {
  const server = options.server ?? container.server;
  if (server === undefined) return usage('No server is known. Say which one.');
  const selected = await select(container, server, options);
  if (!selected.ok) return { ok: false, fault: selected, report: NOTHING };
  const { ticket, licenses } = selected;

  let report = NOTHING;
  let rest = licenses;
  let deactivate = options.deactivate ?? [];
  do {
    const activate = rest.slice(0, MAX_ACTIVATIONS).map((license) => ({ ticket, license }));
    const actions = { activate, deactivate };
    let round = await runRounds(container, server, actions, options, report);
    if (options.preview !== true && isForWantOfRoom(round) && activate.length + deactivate.length > 0) {
      // What is outstanding comes into the container first, and its receipt makes room.
      const made = await runRounds(container, server, NO_ACTIONS, options, report);
      round = made.ok ? await runRounds(container, server, actions, options, made.report) : made;
    }
    if (!round.ok) return round;
    report = round.report;
    rest = rest.slice(MAX_ACTIVATIONS);
    deactivate = [];
  } while (rest.length > 0);
  return { ok: true, report };
}

function isForWantOfRoom(round: SyncResult): boolean {
  return !round.ok && round.fault.kind === 'problem' && round.fault.problem.code === 'too-many-outstanding';
}

type Actions = Pick<ReprogrammingRequest, 'activate' | 'deactivate'>;

const NO_ACTIONS: Actions = { activate: [], deactivate: [] };

/** A chain that is too long for one answer comes in parts: the context that is made after one asks for the next. */
async function runRounds(
  container: Container,
  server: string,
  actions: Actions,
  options: SyncOptions,
  before: SyncReport,
): Promise<SyncResult> {
  let round = await runRound(container, server, actions, options, before);
  while (round.partOf !== undefined) {
    round = await runRound(container, server, NO_ACTIONS, options, round.report, round.partOf);
  }
  const { partOf: _, ...result } = round;
  return result;
}

/** `partOf`: the reprogramming whose chain goes on. */
type Round = SyncResult & { readonly partOf?: string };

/** @param known the reprogramming that `before` tells of already */
async function runRound(
  container: Container,
  server: string,
  actions: Actions,
  options: SyncOptions,
  before: SyncReport,
  known?: string,
): Promise<Round> {
  const preview = options.preview ?? false;
  // One context for all attempts: the server knows a repeated request by it.
  const context = await container.context();
  const response = await reprogram(server, { context, ...actions, ...(preview ? { preview } : {}) }, options);
  if (!response.ok) return { ok: false, fault: response, report: before };
  const asked = response.id === known ? before : join(before, response);
  if (preview) return { ok: true, report: { ...asked, status: 'previewed' } };
  if (response.updates.length === 0) {
    return { ok: true, report: response.status === 'confirmed' ? { ...asked, status: 'confirmed' } : asked };
  }

  const applying = await container.apply({ updates: response.updates });
  const report = { ...asked, applied: [...asked.applied, ...applying.applied] };
  if (!applying.ok) {
    const { code, index } = applying;
    return { ok: false, fault: { ok: false, kind: 'update', code, ...(index === undefined ? {} : { index }) }, report };
  }
  const receipt = await sendReceipt(server, await container.context(), options);
  if (!receipt.ok) return { ok: false, fault: receipt, report };
  // Without an update that has come in there is no other context to ask with.
  const goesOn = response.more && applying.applied.length > 0;
  return { ok: true, report: { ...report, status: 'confirmed' }, ...(goesOn ? { partOf: response.id } : {}) };
}

type Selected = { readonly ok: true; readonly ticket: string; readonly licenses: readonly string[] } | SyncFault;

async function select(container: Container, server: string, options: SyncOptions): Promise<Selected> {
  const wanted = options.activate ?? [];
  if (options.ticket === undefined) {
    if (wanted === 'all' || wanted.length > 0) return wrong('To activate licenses, say on which ticket they are.');
    return { ok: true, ticket: '', licenses: [] };
  }
  const ticket = readTicketCode(options.ticket);
  if (ticket === undefined) return wrong(`${options.ticket} is no ticket code: 25 letters and digits.`);
  if (wanted !== 'all') return { ok: true, ticket, licenses: [...new Set(wanted)] };
  const found = await getTicket(server, ticket, options);
  if (!found.ok) return found;
  return { ok: true, ticket, licenses: available(found.licenses, container.serial) };
}

/** Those that need nothing come first, so that in several rounds nothing is asked for before what it needs. */
function available(licenses: readonly TicketLicense[], serial: string): string[] {
  const free = licenses.filter(({ state, pendingFor }) => state === 'available' && (pendingFor ?? serial) === serial);
  const order = (license: TicketLicense): number => license.requires.length;
  return free.sort((one, other) => order(one) - order(other)).map((license) => license.id);
}

function join(before: SyncReport, { executed, dropped }: Reprogramming): SyncReport {
  const earlier = before.executed;
  return {
    ...before,
    executed: {
      withdraw: [...earlier.withdraw, ...executed.withdraw],
      deactivate: [...earlier.deactivate, ...executed.deactivate],
      assign: [...earlier.assign, ...executed.assign],
      replace: [...earlier.replace, ...executed.replace],
      activate: [...earlier.activate, ...executed.activate],
    },
    dropped: [...before.dropped, ...dropped],
  };
}

function wrong(detail: string): SyncFault {
  return { ok: false, kind: 'usage', detail };
}

function usage(detail: string): SyncResult {
  return { ok: false, fault: wrong(detail), report: NOTHING };
}
