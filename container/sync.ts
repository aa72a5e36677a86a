import { defined } from '../protocol/defined.ts';
import type { ApplyReport, Container } from './container.ts';
import {
  type DepotOptions,
  type Executed,
  getTicket,
  type Refused,
  type Reprogramming,
  type ReprogrammingRequest,
  reprogram,
  type ServerFile,
  sendReceipt,
  type TicketLicense,
} from './depot.ts';
import type { ActionReason } from './depot-request.ts';
import { readTicketCode } from './ticket-code.ts';

export interface SyncOptions extends DepotOptions {
  /** Base address of the vendor's server. Default: the container's `server`. */
  readonly server?: string | undefined;
  /** The ticket with the licenses to activate. */
  readonly ticket?: string | undefined;
  /** Licenses on the ticket to activate, or all that are available to this container. */
  readonly activate?: readonly string[] | 'all' | undefined;
  /** Licenses in the container to return. */
  readonly deactivate?: readonly string[] | undefined;
  /** Seconds for the whole sync, retries included. Default: 120. The next sync continues. */
  readonly timeoutSeconds?: number | undefined;
  /** Ask for a new lease, also when the present one is fresh. */
  readonly renew?: boolean | undefined;
  /** Only asks the server what it would do. */
  readonly preview?: boolean | undefined;
}

/** What a sync has done. A sync that is refused also has a report, because earlier parts are not undone. */
export interface SyncReport {
  /**
   * `previewed`, `unchanged`, `renewed` (nothing but a new lease), `confirmed` (the server has the receipt), or `failed`:
   * `SyncResult` has the fault.
   */
  readonly status: 'previewed' | 'unchanged' | 'renewed' | 'confirmed' | 'failed';
  readonly executed: Executed;
  /** Manual actions that the server dropped in favour of the vendor's, with the reasons (Q3). */
  readonly dropped: readonly ActionReason[];
  /** The updates that were applied. */
  readonly applied: ApplyReport['applied'];
}

export type SyncFault =
  | Refused
  /** The sync cannot start: no server, an invalid ticket code, or licenses without a ticket. */
  | { readonly ok: false; readonly kind: 'usage'; readonly detail: string }
  /** An update of the server was refused. The updates before it are applied. */
  | ({ readonly ok: false; readonly kind: 'update' } & Omit<
      Extract<ApplyReport, { ok: false }>,
      'applied' | 'skipped' | 'lease'
    >);

export type SyncResult =
  | { readonly ok: true; readonly report: SyncReport }
  | { readonly ok: false; readonly fault: SyncFault; readonly report: SyncReport };

/** Seconds for a whole command without `--timeout`, and for `sync` without `timeoutSeconds`. */
export const TIMEOUT_SECONDS = 120;

/** The most activations in one request; more of them take several rounds. */
const MAX_ACTIVATIONS = 1_000;

const EMPTY_REPORT: SyncReport = {
  status: 'unchanged',
  executed: { withdraw: [], deactivate: [], assign: [], replace: [], activate: [] },
  dropped: [],
  applied: [],
};

/**
 * The whole round trip: sends the context with the manual actions, waits for the update, applies the chain and sends the
 * receipt. After an interruption at any point, the next sync continues: its context reports the container's counter.
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
  const deadline = performance.now() + (options.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000;
  const result = await syncUntil(container, { deadline, ...options });
  // The report lists the applied updates. The container cannot know whether work remains.
  return result.ok ? result : { ...result, report: { ...result.report, status: 'failed' } };
}

async function syncUntil(container: Container, options: SyncOptions): Promise<SyncResult> {
  const server = options.server ?? container.server;
  if (server === undefined) return usageFault('No server: the container has no server address, so give one.');
  const selected = await select(container, server, options);
  if (!selected.ok) return { ok: false, fault: selected, report: EMPTY_REPORT };
  const { ticket, licenses } = selected;

  let report = EMPTY_REPORT;
  let rest = licenses;
  let deactivate = options.deactivate ?? [];
  do {
    const activate = rest.slice(0, MAX_ACTIVATIONS).map((license) => ({ ticket, license }));
    const actions = { activate, deactivate };
    let round = await runRounds(container, server, actions, options, report);
    if (options.preview !== true && hasNoRoom(round) && activate.length + deactivate.length > 0) {
      // First apply the outstanding updates: their receipt makes room.
      const caughtUp = await runRounds(container, server, NO_ACTIONS, options, report);
      round = caughtUp.ok ? await runRounds(container, server, actions, options, caughtUp.report) : caughtUp;
    }
    if (!round.ok) return round;
    report = round.report;
    rest = rest.slice(MAX_ACTIVATIONS);
    deactivate = [];
  } while (rest.length > 0);
  return { ok: true, report };
}

function hasNoRoom(round: SyncResult): boolean {
  return !round.ok && round.fault.kind === 'problem' && round.fault.problem.code === 'too-many-outstanding';
}

type Actions = Pick<ReprogrammingRequest, 'activate' | 'deactivate'>;

const NO_ACTIONS: Actions = { activate: [], deactivate: [] };

/** A chain that is too long for one answer comes in parts. The context after one part requests the next part. */
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

/** `partOf`: the reprogramming whose chain has more parts. */
type Round = SyncResult & { readonly partOf?: string };

/** @param known the reprogramming that `before` already contains */
async function runRound(
  container: Container,
  server: string,
  actions: Actions,
  options: SyncOptions,
  before: SyncReport,
  known?: string,
): Promise<Round> {
  const preview = options.preview ?? false;
  // One context for all attempts: by it the server recognizes a repeated request.
  const context = await container.context({ wishes: actions, renew: options.renew });
  const response = await reprogram(
    server,
    { context, ...actionsOf(actions), ...(preview ? { preview } : {}) },
    options,
  );
  if (!response.ok) return { ok: false, fault: response, report: before };
  const planned = response.id === known ? before : addToReport(before, response);
  if (preview) return { ok: true, report: { ...planned, status: 'previewed' } };

  const applying = await take(container, response.file);
  const report = { ...planned, applied: [...planned.applied, ...applying.applied] };
  if (!applying.ok) return { ok: false, fault: updateFault(applying), report };
  if (response.file.updates.length === 0) {
    const isConfirmed = response.status === 'confirmed';
    return { ok: true, report: isConfirmed ? { ...report, status: 'confirmed' } : withLease(report, applying) };
  }
  const receipt = await sendReceipt(server, await container.context(), options);
  if (!receipt.ok) return { ok: false, fault: receipt, report };
  const leasing = await take(container, receipt.file);
  if (!leasing.ok) return { ok: false, fault: updateFault(leasing), report };
  // Without an applied update the next context would be the same.
  const hasMore = response.more && applying.applied.length > 0;
  return { ok: true, report: { ...report, status: 'confirmed' }, ...(hasMore ? { partOf: response.id } : {}) };
}

/** Applies the update file of an answer, and makes the next context later if the server asks for it (C1). */
async function take(container: Container, file: ServerFile): Promise<ApplyReport> {
  if (file.late !== undefined) await container.passContextTime(file.late);
  const isEmpty = file.updates.length === 0 && file.keySets === undefined && file.lease === undefined;
  if (isEmpty) return { ok: true, applied: [], skipped: 0 };
  const report = await container.apply(file);
  if (report.ok || !isOvertaken(report)) return report;
  const { applied, skipped } = report;
  return { ok: true, applied, skipped };
}

/** Another process has used the container since the context: its own answer brings a newer lease. */
function isOvertaken({ part, code }: Extract<ApplyReport, { ok: false }>): boolean {
  return part === 'lease' && (code === 'stale' || code === 'other-place' || code === 'back-in-time');
}

function withLease(report: SyncReport, { lease }: ApplyReport): SyncReport {
  return lease === undefined ? report : { ...report, status: 'renewed' };
}

function updateFault({ part, code, index }: Extract<ApplyReport, { ok: false }>): SyncFault {
  return { ok: false, kind: 'update', part, code, ...defined({ index }) };
}

/** Without empty lists: an absent list and an empty one have the same `wish`. */
function actionsOf({ activate = [], deactivate = [] }: Actions): Actions {
  return { ...(activate.length > 0 ? { activate } : {}), ...(deactivate.length > 0 ? { deactivate } : {}) };
}

type Selected = { readonly ok: true; readonly ticket: string; readonly licenses: readonly string[] } | SyncFault;

async function select(container: Container, server: string, options: SyncOptions): Promise<Selected> {
  const wanted = options.activate ?? [];
  if (options.ticket === undefined) {
    if (wanted === 'all' || wanted.length > 0)
      return usage('Missing ticket: which ticket has the licenses to activate?');
    return { ok: true, ticket: '', licenses: [] };
  }
  const ticket = readTicketCode(options.ticket);
  if (ticket === undefined) return usage(`${options.ticket} is not a ticket code: a code has 25 letters and digits.`);
  if (wanted !== 'all') return { ok: true, ticket, licenses: [...new Set(wanted)] };
  const found = await getTicket(server, ticket, options);
  if (!found.ok) return found;
  return { ok: true, ticket, licenses: available(found.licenses, container.serial) };
}

/** Licenses that require nothing come first, so that in several rounds no license comes before one that it requires. */
function available(licenses: readonly TicketLicense[], serial: string): string[] {
  const free = licenses.filter(({ state, pendingFor }) => state === 'available' && (pendingFor ?? serial) === serial);
  const order = (license: TicketLicense): number => license.requires.length;
  return free.sort((one, other) => order(one) - order(other)).map((license) => license.id);
}

function addToReport(before: SyncReport, { executed, dropped }: Reprogramming): SyncReport {
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

function usage(detail: string): SyncFault {
  return { ok: false, kind: 'usage', detail };
}

function usageFault(detail: string): SyncResult {
  return { ok: false, fault: usage(detail), report: EMPTY_REPORT };
}
