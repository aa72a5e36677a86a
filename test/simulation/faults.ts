/** The faults that can be placed at a call of a port. */
import { transactionCanceled } from '../../table/index.ts';

export const FAULTS = [
  /** The invocation ends before the call. */
  'stop-before',
  /** The call takes effect, and the invocation ends before its reply. */
  'stop-after',
  /** The call takes effect, the reply is lost, and the caller gets a time-out. */
  'reply-lost',
  /** The client library sends the call a second time because the first reply was lost. */
  'sent-twice',
  'throttled',
  /** A transaction meets another one on the same items. */
  'transaction-conflict',
  'server-error',
  /** Part of a batch is left unprocessed. */
  'unprocessed-keys',
  /** Half a minute passes: a slow network or a paused invocation. */
  'slow',
  /** The invocation is frozen until a later step, and the workflow presumes it lost. */
  'frozen-task',
  /** The event of this task arrives a second time. */
  'duplicate-task',
  /** The operator stops the execution that this call belongs to. */
  'execution-stopped',
  /** Every invocation ends, and every execution starts again from its beginning. */
  'restart',
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** The caller stops, or does not get the result. */
export const STOPS: readonly FaultKind[] = ['stop-before', 'stop-after', 'reply-lost'];
/** The call fails. */
export const ERRORS: readonly FaultKind[] = [
  'sent-twice',
  'throttled',
  'server-error',
  'transaction-conflict',
  'unprocessed-keys',
];

/** A fault at the `at`-th call of a step, from 0, or at the first later one where it applies. */
export interface Fault {
  readonly at: number;
  readonly kind: FaultKind;
}

export type CallKind = 'read' | 'batch-read' | 'put' | 'transaction' | 'start' | 'receipt' | 'is-running' | 'sign';

/** An error of the engine or of AWS, by its name. */
class InjectedError extends Error {
  override readonly name: string;

  constructor(name: string) {
    super(`injected: ${name}`);
    this.name = name;
  }
}

const WRITES: ReadonlySet<CallKind> = new Set(['put', 'transaction', 'start', 'receipt']);
const TABLE: ReadonlySet<CallKind> = new Set(['read', 'batch-read', 'put', 'transaction']);

/** A call of a port, by a task of an execution or by a request. */
export interface PlacedCall {
  readonly kind: CallKind;
  readonly isTask: boolean;
  /** Whether it is the first call of its invocation. */
  readonly isFirst: boolean;
}

/** Whether a fault of this kind applies to such a call. */
export function fits(fault: FaultKind, { kind, isTask }: Omit<PlacedCall, 'isFirst'>): boolean {
  switch (fault) {
    case 'frozen-task':
    case 'duplicate-task':
    case 'execution-stopped':
      return isTask;
    case 'transaction-conflict':
      return kind === 'transaction';
    case 'unprocessed-keys':
      return kind === 'batch-read';
    case 'throttled':
      return TABLE.has(kind);
    case 'sent-twice':
    case 'reply-lost':
      return WRITES.has(kind);
    default:
      return true;
  }
}

/** Every fault of these kinds at each call where it applies. Stopping before a call equals stopping after the previous one, except for the first call. */
export function* everyFault(calls: readonly PlacedCall[], kinds: readonly FaultKind[]): Generator<Fault> {
  for (const [at, call] of calls.entries()) {
    for (const kind of kinds) if (fits(kind, call) && (kind !== 'stop-before' || call.isFirst)) yield { at, kind };
  }
}

/** Makes a call with a fault that affects the call itself. */
export async function performFaulty(
  kind: FaultKind,
  call: CallKind,
  perform: () => unknown,
  writes: number,
): Promise<unknown> {
  switch (kind) {
    case 'reply-lost':
      await perform();
      throw new InjectedError('TimeoutError');
    case 'sent-twice':
      await perform();
      return perform();
    case 'throttled':
      if (call === 'transaction')
        throw transactionCanceled(Array.from({ length: writes }, () => ({ Code: 'ThrottlingError' as const })));
      throw new InjectedError('ProvisionedThroughputExceededException');
    case 'transaction-conflict':
      throw transactionCanceled([
        { Code: 'TransactionConflict' },
        ...Array.from({ length: writes - 1 }, () => ({ Code: 'None' as const })),
      ]);
    case 'server-error':
      throw new InjectedError('InternalServerError');
    case 'unprocessed-keys':
      return withUnprocessed(await perform());
    default:
      throw new Error(`Bug: there is no fault ${kind}`);
  }
}

/** Leaves all but the first item for the next call. */
function withUnprocessed(answer: unknown): unknown {
  const { Responses } = answer as { Responses: Record<string, Record<string, unknown>[]> };
  const [[table, items] = []] = Object.entries(Responses);
  if (table === undefined || items === undefined || items.length < 2) return answer;
  const [first, ...left] = items;
  const Keys = left.map(({ pk, sk }) => ({ pk, sk }));
  return { Responses: { [table]: [first] }, UnprocessedKeys: { [table]: { Keys, ConsistentRead: true } } };
}
