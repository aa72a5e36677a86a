import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** One call of the table. */
export interface TracedCall {
  /** `Query`, `BatchGet`, `TransactWrite`, ... */
  readonly command: string;
  /** The sort keys that it names, without serials, ids and counters: `CONTAINER`, `LICENSE`. */
  readonly keys: readonly string[];
  /** The function of `functions/` that made it, outside of the store. */
  readonly caller: string;
}

export interface CallTrace {
  /** The calls since the last reset, in order, without those of the table's stream. */
  calls(): readonly TracedCall[];
  /** One line for each call, for a test's message. */
  lines(): string[];
  reset(): void;
}

const STACK_FRAMES = 60;
/** The consumer of the table's stream works beside the requests. */
const STREAM = '/use-cases/events/';

type Send = (command: { readonly input: Input }, ...more: unknown[]) => Promise<object>;

/** Records the calls of a client, to compare them with the ones that a request may make. */
export function traceCalls(documents: DynamoDBDocumentClient): CallTrace {
  let calls: TracedCall[] = [];
  const client = documents as unknown as { send: Send };
  const send: Send = client.send.bind(client);
  client.send = (command, ...more) => {
    const frames = framesOfFunctions();
    if (!frames.some((frame) => frame.includes(STREAM))) {
      const name = command.constructor.name.replace(/Command$/, '');
      calls.push({ command: name, keys: keysOf(command.input), caller: callerOf(frames) });
    }
    return send(command, ...more);
  };
  return {
    calls: () => calls,
    lines: () => calls.map(({ command, keys, caller }) => `${command} ${keys.join(' ')} by ${caller}`),
    reset: () => {
      calls = [];
    },
  };
}

function framesOfFunctions(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_FRAMES;
  const { stack = '' } = new Error('Where the call comes from');
  Error.stackTraceLimit = limit;
  return stack.split('\n').filter((frame) => frame.includes('/functions/'));
}

/** The name of the file that uses the store, which also names what the file does. */
function callerOf(frames: readonly string[]): string {
  const frame = frames.find((one) => !one.includes('/functions/store/')) ?? '';
  return /([\w-]+)\.ts:\d+/.exec(frame)?.[1] ?? 'unknown';
}

interface Keyed {
  readonly sk?: unknown;
}

/** The parts of the SDK's inputs that name keys. */
interface Input {
  readonly Key?: Keyed;
  readonly Item?: Keyed;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly Key?: Keyed; readonly Item?: Keyed }>>[];
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Keyed[] }>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

function keysOf(input: Input): string[] {
  const { Key, Item, TransactItems, RequestItems, ExpressionAttributeValues: values } = input;
  if (TransactItems !== undefined) {
    return kindsOf(TransactItems.flatMap((write) => Object.values(write).map(({ Item, Key }) => Item ?? Key)));
  }
  if (RequestItems !== undefined) return kindsOf(Object.values(RequestItems).flatMap(({ Keys = [] }) => Keys));
  const one = Item ?? Key;
  return one === undefined ? kindsOf([{ sk: values?.[':from'] }, { sk: values?.[':to'] }]) : kindsOf([one]);
}

/** The first part of each sort key, each once. */
function kindsOf(keys: readonly (Keyed | undefined)[]): string[] {
  return [...new Set(keys.map((key) => String(key?.sk ?? '').replace(/[#$].*$/, '')))];
}
