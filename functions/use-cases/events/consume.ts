import { BULK_ORDER, BULK_RUN_WANTED, DELIVERY_QUEUE, QUEUE_WANTED, SET_ASIDE } from '../../../contract/table.ts';
import type { BulkExecution, QueueName } from '../../../contract/tasks.ts';
import type { BulkExecutions, DeliveryExecutions, Dependencies } from '../../dependencies.ts';
import { enqueue, type QueuedDelivery } from '../../store/delivery-item.ts';
import { startQueueRun } from '../../store/delivery-queue.ts';
import { type EventEndpoint, isSubscribedTo, listEventEndpoints } from '../../store/event-endpoint-item.ts';
import type { HistoryEvent } from '../../store/history-items.ts';
import { inParallel } from '../in-parallel.ts';
import {
  eventsOfRecord,
  keyPart,
  membersOf,
  type RecordedEvents,
  recordedAt,
  type StreamRecord,
  streamPosition,
} from './events-of-record.ts';
import { createEventDetailsReader, type EventDetailsReader } from './licenses-of-events.ts';
import { eventBody } from './message.ts';

const LANES_AT_ONCE = 24;
const QUEUES_AT_ONCE = 8;
/** How long a record that cannot be parsed is retried: a deployment in progress may bring the code that parses it. */
const UNREADABLE_RETRY_MILLISECONDS = 15 * 60 * 1000;

export interface StreamEvent {
  readonly Records: readonly StreamRecord[];
}

/** Sequence number of the first record to be delivered again; no item if all records were processed. */
export interface StreamResult {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

export interface ConsumerPorts {
  readonly dependencies: () => Dependencies;
  readonly deliveryRuns: DeliveryExecutions;
  readonly bulkRuns: BulkExecutions;
}

/**
 * Creates the consumer of the table's stream. The stream has every committed write, so a crash after the commit loses no event
 * (I10). A record can be delivered more than once: a delivery is identified by its position in the stream.
 */
export function createStreamHandler(ports: ConsumerPorts): (event: StreamEvent) => Promise<StreamResult> {
  return async ({ Records }) => {
    const dependencies = ports.dependencies();
    const { queues, failedIndex } = await queueRecords(ports, dependencies, Records);
    // Deliveries that were queued before the failure can start; the failed record and those after it are delivered again.
    const notWoken = await wakeQueues(ports, dependencies, queues);
    const retryFrom = Records[Math.min(failedIndex, notWoken)]?.dynamodb?.SequenceNumber;
    return { batchItemFailures: retryFrom === undefined ? [] : [{ itemIdentifier: retryFrom }] };
  };
}

/** A queue with something to deliver, and the index of the first record that concerns it. */
interface QueueToWake {
  readonly name: QueueName;
  readonly since: number;
}

/** Processes the records in order, up to the first that fails. `failedIndex` is the number of records if none failed. */
async function queueRecords(
  ports: ConsumerPorts,
  dependencies: Dependencies,
  records: readonly StreamRecord[],
): Promise<{ readonly queues: Iterable<QueueToWake>; readonly failedIndex: number }> {
  const queues = new Map<string, QueueToWake>();
  // Reading the endpoints can fail before any record is processed.
  let failedIndex = 0;
  try {
    const hasNewItems = records.some((record) => record.eventName === 'INSERT');
    const endpoints = hasNewItems ? await listEventEndpoints(dependencies) : [];
    const details = createEventDetailsReader(dependencies);
    for (const [index, record] of records.entries()) {
      failedIndex = index;
      const wanted = wantedBulkRun(record);
      if (wanted !== undefined) await startBulkRun(ports, wanted);
      for (const name of await queueEvents(dependencies, endpoints, details, record)) {
        const id = `${name.endpoint} ${name.queue}`;
        if (!queues.has(id)) queues.set(id, { name, since: index });
      }
    }
    failedIndex = records.length;
  } catch (error) {
    dependencies.log.error('A record of the stream failed and is delivered again', { error });
  }
  return { queues: queues.values(), failedIndex };
}

/** Starts the delivery of the queues. @returns the lowest `since` of a queue that could not be started, or infinity. */
async function wakeQueues(
  ports: ConsumerPorts,
  dependencies: Dependencies,
  queues: Iterable<QueueToWake>,
): Promise<number> {
  let notWoken = Number.POSITIVE_INFINITY;
  await inParallel(queues, QUEUES_AT_ONCE, async ({ name, since }) => {
    try {
      await startQueueRun(dependencies, ports, name);
    } catch (error) {
      dependencies.log.error('A delivery queue could not be started; its records are delivered again', { error });
      notWoken = Math.min(notWoken, since);
    }
  });
  return notWoken;
}

/** Queues the record's events for the endpoints that want them. @returns the queues that have something to deliver now. */
async function queueEvents(
  dependencies: Dependencies,
  endpoints: readonly EventEndpoint[],
  details: EventDetailsReader,
  record: StreamRecord,
): Promise<QueueName[]> {
  const wanted = wantedQueue(record);
  if (wanted !== undefined) return [wanted];
  const recorded = endpoints.length === 0 ? undefined : readEvents(dependencies, record);
  if (recorded === undefined) return [];
  const wanting = endpoints.filter((endpoint) => recorded.events.some(({ type }) => isSubscribedTo(endpoint, type)));
  if (wanting.length === 0) return [];
  const read = await details.read(recorded.events);
  const bodies = recorded.events.map((event, index) => eventBody(event, read[index] ?? {}));
  const names: QueueName[] = [];
  for (const endpoint of wanting) {
    const name = { endpoint: endpoint.id, queue: recorded.queue };
    const deliveries = recorded.events.flatMap((event, index) =>
      isSubscribedTo(endpoint, event.type)
        ? [deliveryOf(name, event, streamPosition(record, index), bodies[index] ?? '')]
        : [],
    );
    await inParallel(groupByLane(deliveries).values(), LANES_AT_ONCE, async (lane) => {
      // In sequence: an execution that is delivering this queue must not read a later delivery before an earlier one.
      for (const delivery of lane) await enqueue(dependencies, delivery);
    });
    names.push(name);
  }
  return names;
}

/**
 * The events of a record. A record that cannot be parsed is retried for 15 minutes and then skipped with a log line that
 * triggers an alarm, so that it does not block the records behind it. Its event stays in the history.
 */
function readEvents(dependencies: Dependencies, record: StreamRecord): RecordedEvents | undefined {
  try {
    return eventsOfRecord(record);
  } catch (error) {
    if (dependencies.now().getTime() - recordedAt(record) < UNREADABLE_RETRY_MILLISECONDS) throw error;
    // An alarm counts the lines with these words (`cdk/events.ts`).
    dependencies.log.error(`${keyPart(record, 'pk')} ${keyPart(record, 'sk')} ${SET_ASIDE}`, { error });
    return undefined;
  }
}

/** The queue that the record asks to deliver: after a ping, a replay, or an execution that ended before its queue was empty. */
function wantedQueue(record: StreamRecord): QueueName | undefined {
  if (record.eventName === 'REMOVE' || keyPart(record, 'sk') !== DELIVERY_QUEUE) return undefined;
  const { [QUEUE_WANTED]: by, endpoint, queue } = membersOf(record, [QUEUE_WANTED, 'endpoint', 'queue']);
  return by === undefined ? undefined : { endpoint: String(endpoint), queue: String(queue) };
}

/** A run of a bulk order to start. */
interface WantedBulkRun {
  readonly run: BulkExecution;
  /** Name of a second execution that stops the bulk order, if the vendor asked to stop it. */
  readonly stop?: string;
}

/** The run that the record of a bulk order asks for: its first run, its next one, or one that stops it. */
function wantedBulkRun(record: StreamRecord): WantedBulkRun | undefined {
  if (record.eventName === 'REMOVE' || keyPart(record, 'sk') !== BULK_ORDER) return undefined;
  const wanted = [BULK_RUN_WANTED, 'id', 'stopAskedAt', 'revision'];
  const { [BULK_RUN_WANTED]: number, id, stopAskedAt, revision } = membersOf(record, wanted);
  if (number === undefined) return undefined;
  const run = { bulkOrder: String(id), run: Number(number), rounds: 0 };
  return stopAskedAt === undefined ? { run } : { run, stop: `stop-${revision}` };
}

/**
 * Starts the run. If its execution ended before the bulk order did, the execution failed and cannot read the request to stop:
 * then a second execution stops the bulk order. It applies no vendor action, so it is safe beside another one.
 */
async function startBulkRun(ports: ConsumerPorts, { run, stop }: WantedBulkRun): Promise<void> {
  const state = await ports.bulkRuns.start(run);
  if (state === 'ended' && stop !== undefined) await ports.bulkRuns.start(run, stop);
}

function deliveryOf(name: QueueName, event: HistoryEvent, position: string, body: string): QueuedDelivery {
  const { id, type, at, license, webhook } = event;
  return {
    ...name,
    position,
    lane: license ?? webhook ?? '',
    event: id,
    type,
    at,
    body,
    attempts: 0,
  };
}

/** Groups deliveries by lane: the deliveries of one lane are made in order, and lanes do not wait for each other. */
export function groupByLane(deliveries: readonly QueuedDelivery[]): Map<string, QueuedDelivery[]> {
  return Map.groupBy(deliveries, ({ lane }) => lane);
}
