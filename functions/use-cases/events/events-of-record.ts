import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { EVENT_PREFIX, KEY_SET_PREFIX, UPDATE_PREFIX } from '../../../contract/table.ts';
import { EVENT_MEMBERS, eventsOf, type HistoryEvent, historyOf } from '../../store/history-items.ts';
import { eventOfKeySet, KEY_SET_MEMBERS } from '../../store/key-set-item.ts';
import { KEY_SETS } from '../../store/keys.ts';
import { UPDATE_MEMBERS } from '../../store/update-item.ts';

/** A record of the table's stream, with the members that are read here. */
export interface StreamRecord {
  readonly eventName?: string | undefined;
  readonly dynamodb?:
    | {
        readonly SequenceNumber?: string | undefined;
        /** Lambda passes seconds since 1970, the SDK a date. */
        readonly ApproximateCreationDateTime?: Date | number | undefined;
        readonly NewImage?: Readonly<Record<string, unknown>> | undefined;
      }
    | undefined;
}

const WEBHOOK_QUEUE = 'WEBHOOKS';

/** The events of a record, and the queue that delivers them in order: the order's, the container's, that of all webhooks, or that of key sets. */
export interface RecordedEvents {
  readonly queue: string;
  readonly events: readonly HistoryEvent[];
}

/**
 * The history events that a record adds; `undefined` if it adds none. Only a new item adds events: an update that is stored
 * again with another task token does not.
 */
export function eventsOfRecord(record: StreamRecord): RecordedEvents | undefined {
  if (record.eventName !== 'INSERT') return undefined;
  const pk = keyPart(record, 'pk');
  const sk = keyPart(record, 'sk');
  const [kind = ''] = pk.split('#', 1);
  const name = pk.slice(kind.length + 1);
  if (sk.startsWith(EVENT_PREFIX) && kind === 'ORDER')
    return { queue: `ORDER#${name}`, events: eventsOf(membersOf(record, EVENT_MEMBERS)) };
  // One queue for all webhooks: each has a lane of its own in it.
  if (sk.startsWith(EVENT_PREFIX) && kind === 'WEBHOOK')
    return { queue: WEBHOOK_QUEUE, events: eventsOf(membersOf(record, EVENT_MEMBERS)) };
  if (sk.startsWith(KEY_SET_PREFIX) && kind === KEY_SETS)
    return { queue: KEY_SETS, events: [eventOfKeySet(membersOf(record, KEY_SET_MEMBERS))] };
  const inContainer =
    (sk.startsWith(EVENT_PREFIX) && kind === 'HISTORY') || (sk.startsWith(UPDATE_PREFIX) && kind === 'CONTAINER');
  if (!inContainer) return undefined;
  const members = sk.startsWith(UPDATE_PREFIX) ? UPDATE_MEMBERS : EVENT_MEMBERS;
  return { queue: `CONTAINER#${name}`, events: historyOf(name, membersOf(record, members)) };
}

/**
 * Some members of the item after the write. The others are not read: Amazon's DynamoDB Local passes an empty map as a value without a
 * type, which cannot be unmarshalled.
 */
export function membersOf({ dynamodb }: StreamRecord, names: readonly string[]): Record<string, unknown> {
  const { NewImage: image = {} } = dynamodb ?? {};
  const needed = names.filter((name) => Object.hasOwn(image, name)).map((name) => [name, image[name]] as const);
  return unmarshall(Object.fromEntries(needed) as Record<string, AttributeValue>);
}

/** When the record was written, in milliseconds since 1970; 0 if the record has no time. */
export function recordedAt({ dynamodb }: StreamRecord): number {
  const at = dynamodb?.ApproximateCreationDateTime;
  return at instanceof Date ? at.getTime() : (at ?? 0) * 1000;
}

/** DynamoDB's longest sequence number has 40 digits. */
const SEQUENCE_DIGITS = 40;

/** The position of an event in the stream: texts that sort like the events. */
export function streamPosition(record: StreamRecord, index: number): string {
  const sequence = record.dynamodb?.SequenceNumber ?? '';
  if (!/^\d{1,40}$/.test(sequence))
    throw new Error(`A stream record needs a sequence number of 1 to 40 digits; got "${sequence}"`);
  return `${sequence.padStart(SEQUENCE_DIGITS, '0')}-${String(index).padStart(4, '0')}`;
}

/** A part of the item's key, without unmarshalling the item: most records are not needed. */
export function keyPart({ dynamodb }: StreamRecord, name: 'pk' | 'sk'): string {
  const value = dynamodb?.NewImage?.[name] as { S?: unknown } | undefined;
  return typeof value?.S === 'string' ? value.S : '';
}
