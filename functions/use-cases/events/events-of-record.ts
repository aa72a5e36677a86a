import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { EVENT_PREFIX, UPDATE_PREFIX } from '../../../contract/table.ts';
import { eventsOf, type HistoryEvent, historyOf } from '../../store/history-items.ts';

/** A record of the table's stream, as far as it is read here. */
export interface StreamRecord {
  readonly eventName?: string | undefined;
  readonly dynamodb?:
    | {
        readonly SequenceNumber?: string | undefined;
        /** Lambda tells seconds since 1970, the SDK a date. */
        readonly ApproximateCreationDateTime?: Date | number | undefined;
        readonly NewImage?: Readonly<Record<string, unknown>> | undefined;
      }
    | undefined;
}

/** The events of a record, and the queue that keeps their order: that of the order, or of the container. */
export interface RecordedEvents {
  readonly queue: string;
  readonly events: readonly HistoryEvent[];
}

/**
 * The history events that a record tells. Only of items that are new: an update that is stored again with another task
 * token is no second event.
 */
export function eventsOfRecord(record: StreamRecord): RecordedEvents | undefined {
  if (record.eventName !== 'INSERT') return undefined;
  const pk = keyOf(record, 'pk');
  const sk = keyOf(record, 'sk');
  const [kind = ''] = pk.split('#', 1);
  const name = pk.slice(kind.length + 1);
  if (sk.startsWith(EVENT_PREFIX) && kind === 'ORDER')
    return { queue: `ORDER#${name}`, events: eventsOf(imageOf(record)) };
  const inContainer =
    (sk.startsWith(EVENT_PREFIX) && kind === 'HISTORY') || (sk.startsWith(UPDATE_PREFIX) && kind === 'CONTAINER');
  return inContainer ? { queue: `CONTAINER#${name}`, events: historyOf(name, imageOf(record)) } : undefined;
}

/** The item that the record leaves, as the table has it. */
export function imageOf({ dynamodb }: StreamRecord): Record<string, unknown> {
  return unmarshall({ ...dynamodb?.NewImage } as Record<string, AttributeValue>);
}

/** When the record was made, in milliseconds since 1970; long ago when it does not say. */
export function madeAt({ dynamodb }: StreamRecord): number {
  const at = dynamodb?.ApproximateCreationDateTime;
  return at instanceof Date ? at.getTime() : (at ?? 0) * 1000;
}

/** Digits of the longest sequence number that DynamoDB gives. */
const SEQUENCE_DIGITS = 40;

/** Where an event stands in the stream, as text that sorts the same way. */
export function positionOf(record: StreamRecord, index: number): string {
  const sequence = record.dynamodb?.SequenceNumber ?? '';
  if (!/^\d{1,40}$/.test(sequence)) throw new Error(`A stream record has no place in the stream: ${sequence}`);
  return `${sequence.padStart(SEQUENCE_DIGITS, '0')}-${String(index).padStart(4, '0')}`;
}

/** A part of the item's key; the rest of the item is left as it came, since most records are of no interest. */
export function keyOf({ dynamodb }: StreamRecord, name: 'pk' | 'sk'): string {
  const value = dynamodb?.NewImage?.[name] as { S?: unknown } | undefined;
  return typeof value?.S === 'string' ? value.S : '';
}
