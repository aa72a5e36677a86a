import { defined } from '../protocol/defined.ts';
import type { ApplyReport, Container } from './container.ts';
import { ContainerError, type ContainerFault } from './container-error.ts';
import {
  type DepotOptions,
  type Executed,
  getKeySets,
  getTicket,
  isEmpty,
  type Refused,
  type Reprogramming,
  type ReprogrammingRequest,
  reprogram,
  type ServerFile,
  sendReceipt,
  type TicketLicense,
} from './depot.ts';
import type { ActionReason } from './depot-request.ts';
import { listsKeySet } from './same-keys.ts';
import { readTicketCode } from './ticket-code.ts';
import { type LeftOut, leftOutBy, offerOf } from './ticket-selection.ts';

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
  /** With `activate: 'all'`: the licenses of the ticket that were not activated, with the reasons. */
  readonly leftOut: readonly LeftOut[];
  /** With `activate: 'all'`: the number of licenses of the ticket that were in this container before. */
  readonly here: number;
}

export type SyncFault =
  | Refused
  /** The sync cannot start: no server, an invalid ticket code, or licenses without a ticket. */
  | { readonly ok: false; readonly kind: 'usage'; readonly detail: string }
  /** The server does not have the vendor's key set of this container, so nothing was asked of it. */
  | { readonly ok: false; readonly kind: 'keys'; readonly detail: string }
  /** The container could not be changed after the server has answered. The next sync continues. */
  | {
      readonly ok: false;
      readonly kind: 'container';
      readonly code: ContainerFault;
      readonly detail: string;
      /** Whether the answer had updates: the server has then changed its licenses already. */
      readonly taken: boolean;
    }
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
  leftOut: [],
  here: 0,
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
  // If the container cannot be changed, nothing is asked of the server.
  await container.probe();
  const selected = await select(container, server, options);
  if (!selected.ok) return { ok: false, fault: selected, report: EMPTY_REPORT };
  const { ticket, isAll } = selected;

  let report: SyncReport = { ...EMPTY_REPORT, leftOut: selected.leftOut, here: selected.here };
  let rest = selected.licenses;
  let deactivate = options.deactivate ?? [];
  // Each repetition has fewer actions than the one before, or follows a vendor action; the deadline ends all of them.
  for (;;) {
    const asked = rest.slice(0, MAX_ACTIVATIONS);
    const actions = { activate: asked.map(({ id: license }) => ({ ticket, license })), deactivate };
    const round = await runWithRoom(container, server, actions, options, report);
    const leftOut = isAll ? leftOutBy(conflictsOf(round), asked) : undefined;
    if (leftOut !== undefined) {
      report = { ...report, leftOut: [...report.leftOut, ...leftOut] };
      rest = rest.filter(({ id }) => !leftOut.some(({ license }) => license === id));
      continue;
    }
    if (!round.ok) return round;
    const again = isAll ? sortDropped(round.report, report, asked, deactivate) : { ...NOTHING, report: round.report };
    report = again.report;
    rest = [...again.activate, ...rest.slice(MAX_ACTIVATIONS)];
    deactivate = again.deactivate;
    if (options.preview === true || rest.length + deactivate.length === 0) return { ok: true, report };
  }
}

/** Runs the actions. If too many updates are outstanding, it first applies these: their receipt makes room. */
async function runWithRoom(
  container: Container,
  server: string,
  actions: Actions,
  options: SyncOptions,
  before: SyncReport,
): Promise<SyncResult> {
  const round = await runRounds(container, server, actions, options, before);
  const { activate = [], deactivate = [] } = actions;
  if (options.preview === true || !hasNoRoom(round) || activate.length + deactivate.length === 0) return round;
  const caughtUp = await runRounds(container, server, NO_ACTIONS, options, before);
  return caughtUp.ok ? runRounds(container, server, actions, options, caughtUp.report) : caughtUp;
}

function conflictsOf(round: SyncResult): readonly ActionReason[] {
  if (round.ok || round.fault.kind !== 'problem' || round.fault.problem.code !== 'manual-conflict') return [];
  return round.fault.problem.conflicts ?? [];
}

const NOTHING = { activate: [], deactivate: [] } as const;

/** Manual actions to ask for again, and the report without them. */
interface Sorted {
  readonly activate: readonly TicketLicense[];
  readonly deactivate: readonly string[];
  readonly report: SyncReport;
}

/**
 * A vendor action takes precedence over all manual actions (Q3). Of the actions that were dropped in the last round, those
 * that could run alone are asked for again, and the activations that could not are left out.
 */
function sortDropped(
  report: SyncReport,
  before: SyncReport,
  asked: readonly TicketLicense[],
  deactivate: readonly string[],
): Sorted {
  const dropped = report.dropped.slice(before.dropped.length);
  const isRepeated = ({ action, license, reason }: ActionReason) =>
    reason === 'dropped-together' &&
    (action === 'activate' ? asked.some(({ id }) => id === license) : deactivate.includes(license));
  const repeated = new Set(dropped.filter(isRepeated).map(({ license }) => license));
  const others = dropped.filter((one) => !isRepeated(one));
  const isActivation = (one: ActionReason) => leftOutBy([one], asked) !== undefined;
  return {
    activate: asked.filter(({ id }) => repeated.has(id)),
    deactivate: deactivate.filter((id) => repeated.has(id)),
    report: {
      ...report,
      dropped: [...before.dropped, ...others.filter((one) => !isActivation(one))],
      leftOut: [...report.leftOut, ...(leftOutBy(others.filter(isActivation), asked) ?? [])],
    },
  };
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
  const ask = async () => {
    // One context for all attempts: by it the server recognizes a repeated request.
    const context = await container.context({ wishes: actions, renew: options.renew });
    return reprogram(server, { context, ...actionsOf(actions), ...(preview ? { preview } : {}) }, options);
  };
  let response = await ask();
  if (!response.ok && response.kind === 'problem' && response.problem.late !== undefined) {
    // Not newer than a context that the server remembers: the next one is, and shows how the container stands (C1).
    await container.passContextTime(response.problem.late);
    response = await ask();
  }
  if (!response.ok) return { ok: false, fault: response, report: before };
  const planned = response.id === known ? before : addToReport(before, response);
  if (preview) return { ok: true, report: { ...planned, status: 'previewed' } };

  const applying = await tryTake(container, response.file);
  if ('fault' in applying) return { ok: false, fault: applying.fault, report: planned };
  const report = { ...planned, applied: [...planned.applied, ...applying.applied] };
  if (!applying.ok) return { ok: false, fault: updateFault(applying), report };
  if (response.file.updates.length === 0) {
    const isConfirmed = response.status === 'confirmed';
    return { ok: true, report: isConfirmed ? { ...report, status: 'confirmed' } : withLease(report, applying) };
  }
  const ending = await attempt(() => container.context(), false);
  if (typeof ending !== 'string') return { ok: false, fault: ending.fault, report };
  const receipt = await sendReceipt(server, ending, options);
  if (!receipt.ok) return { ok: false, fault: receipt, report };
  const leasing = await tryTake(container, receipt.file);
  if ('fault' in leasing) return { ok: false, fault: leasing.fault, report };
  if (!leasing.ok) return { ok: false, fault: updateFault(leasing), report };
  // Without an applied update the next context would be the same.
  const hasMore = response.more && applying.applied.length > 0;
  return { ok: true, report: { ...report, status: 'confirmed' }, ...(hasMore ? { partOf: response.id } : {}) };
}

function tryTake(container: Container, file: ServerFile): Promise<ApplyReport | { readonly fault: SyncFault }> {
  return attempt(() => take(container, file), file.updates.length > 0);
}

/** Runs a change of the container that follows an answer of the server. */
async function attempt<Result>(
  change: () => Promise<Result>,
  taken: boolean,
): Promise<Result | { readonly fault: SyncFault }> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    return { fault: { ok: false, kind: 'container', code: error.code, detail: error.message, taken } };
  }
}

/** Applies the update file of an answer. */
async function take(container: Container, file: ServerFile): Promise<ApplyReport> {
  if (isEmpty(file)) return { ok: true, applied: [], skipped: 0 };
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

/** What is asked of the server, and of which ticket. */
type Selected =
  | {
      readonly ok: true;
      readonly ticket: string;
      readonly isAll: boolean;
      readonly licenses: readonly TicketLicense[];
      readonly leftOut: readonly LeftOut[];
      readonly here: number;
    }
  | SyncFault;

async function select(container: Container, server: string, options: SyncOptions): Promise<Selected> {
  const wanted = options.activate ?? [];
  const nothing = { ok: true, ticket: '', isAll: false, licenses: [], leftOut: [], here: 0 } as const;
  if (options.ticket === undefined) {
    if (wanted === 'all' || wanted.length > 0)
      return usage('Missing ticket: which ticket has the licenses to activate?');
    return nothing;
  }
  const ticket = readTicketCode(options.ticket);
  if (ticket === undefined) return usage(`${options.ticket} is not a ticket code: a code has 25 letters and digits.`);
  const unknown = await findUnknownKeys(container, server, options);
  if (unknown !== undefined) return unknown;
  if (wanted !== 'all') {
    const named = [...new Set(wanted)].map((id) => ({ id, product: '', state: '', requires: [], onOffer: true }));
    return { ...nothing, ticket, licenses: named };
  }
  const found = await getTicket(server, ticket, options);
  if (!found.ok) return found;
  const { free, here, leftOut } = offerOf(found.licenses, container.serial, Date.now());
  return { ok: true, ticket, isAll: true, licenses: free, leftOut, here: here.length };
}

/** The container could not apply what a server with other keys takes from the ticket, so it looks before it asks. */
async function findUnknownKeys(
  container: Container,
  server: string,
  options: SyncOptions,
): Promise<SyncFault | undefined> {
  const listed = await getKeySets(server, options);
  if (!listed.ok) return listed;
  const { keySet } = container;
  if (listsKeySet(listed.keys, keySet)) return undefined;
  const held = `key set ${keySet.version} of ${keySet.iss}`;
  return {
    ok: false,
    kind: 'keys',
    detail: `${server} does not have the vendor's ${held}, which this container knows. Nothing was taken from the ticket.`,
  };
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
