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
  imageOf,
  keyOf,
  madeAt,
  positionOf,
  type RecordedEvents,
  type StreamRecord,
} from './events-of-record.ts';
import { eventBody } from './message.ts';

const LANES_AT_ONCE = 24;
const QUEUES_AT_ONCE = 8;
const PATIENCE_MILLISECONDS = 15 * 60 * 1000;

export interface StreamEvent {
  readonly Records: readonly StreamRecord[];
}

/** Where the stream goes on: the first record that has to come again; none when all are done. */
export interface StreamResult {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

export interface ConsumerPorts {
  readonly dependencies: () => Dependencies;
  readonly deliveryRuns: DeliveryExecutions;
  readonly bulkRuns: BulkExecutions;
}

/**
 * The consumer of the table's stream. What is committed is in the stream, so a crash between the commit and this loses
 * nothing (I10). Every record may come again: a delivery is known by its place in the stream.
 */
export function createStreamHandler(ports: ConsumerPorts): (event: StreamEvent) => Promise<StreamResult> {
  return async ({ Records }) => {
    const dependencies = ports.dependencies();
    const awake = new Map<string, { readonly name: QueueName; readonly since: number }>();
    let failed = Records.length;
    try {
      const endpoints = Records.some((record) => record.eventName === 'INSERT')
        ? await listEventEndpoints(dependencies)
        : [];
      for (const [index, record] of Records.entries()) {
        failed = index;
        const wanted = wantedBulkRun(record);
        if (wanted !== undefined) await startBulkRun(ports, wanted);
        for (const name of await queuesOf(dependencies, endpoints, record)) {
          const id = `${name.endpoint} ${name.queue}`;
          if (!awake.has(id)) awake.set(id, { name, since: index });
        }
      }
      failed = Records.length;
    } catch (error) {
      console.error(error);
    }
    // What was queued before the failure is on its way; the failed record and those after it come again.
    await inParallel(awake.values(), QUEUES_AT_ONCE, async ({ name, since }) => {
      try {
        await startQueueRun(dependencies, ports, name);
      } catch (error) {
        console.error(error);
        failed = Math.min(failed, since);
      }
    });
    const again = Records[failed]?.dynamodb?.SequenceNumber;
    return { batchItemFailures: again === undefined ? [] : [{ itemIdentifier: again }] };
  };
}

/** Queues what a record tells; the queues that have something to do now. */
async function queuesOf(
  dependencies: Dependencies,
  endpoints: readonly EventEndpoint[],
  record: StreamRecord,
): Promise<QueueName[]> {
  const wanted = wantedQueue(record);
  if (wanted !== undefined) return [wanted];
  const recorded = endpoints.length === 0 ? undefined : readEvents(dependencies, record);
  if (recorded === undefined) return [];
  const names: QueueName[] = [];
  for (const endpoint of endpoints) {
    const name = { endpoint: endpoint.id, queue: recorded.queue };
    const deliveries = recorded.events.flatMap((event, index) =>
      isSubscribedTo(endpoint, event.type) ? [deliveryOf(name, event, positionOf(record, index))] : [],
    );
    if (deliveries.length === 0) continue;
    await inParallel(byLane(deliveries).values(), LANES_AT_ONCE, async (lane) => {
      // One after the other: a run that is at work must not see the second without the first.
      for (const delivery of lane) await enqueue(dependencies, delivery);
    });
    names.push(name);
  }
  return names;
}

/**
 * The events of a record. One that cannot be read is waited for, because a deployment under way may know it, and then set
 * aside: it stays in its history, an alarm tells of it, and the licenses behind it in the stream go on.
 */
function readEvents(dependencies: Dependencies, record: StreamRecord): RecordedEvents | undefined {
  try {
    return eventsOfRecord(record);
  } catch (error) {
    if (dependencies.now().getTime() - madeAt(record) < PATIENCE_MILLISECONDS) throw error;
    console.error(`${keyOf(record, 'pk')} ${keyOf(record, 'sk')} ${SET_ASIDE}: ${String(error)}`);
    return undefined;
  }
}

/** A queue that somebody asks to be run: a ping, a replay, a run that hands on. */
function wantedQueue(record: StreamRecord): QueueName | undefined {
  if (record.eventName === 'REMOVE' || keyOf(record, 'sk') !== DELIVERY_QUEUE) return undefined;
  const { [QUEUE_WANTED]: by, endpoint, queue } = imageOf(record);
  return by === undefined ? undefined : { endpoint: String(endpoint), queue: String(queue) };
}

/** A run of a bulk order, and by which name another execution for it would only stop it, if that is asked for. */
interface WantedBulkRun {
  readonly run: BulkExecution;
  readonly stop?: string;
}

/** A bulk order that was just given, whose run hands on to the next one, or that is to be stopped. */
function wantedBulkRun(record: StreamRecord): WantedBulkRun | undefined {
  if (record.eventName === 'REMOVE' || keyOf(record, 'sk') !== BULK_ORDER) return undefined;
  const { [BULK_RUN_WANTED]: number, id, stopAskedAt, revision } = imageOf(record);
  if (number === undefined) return undefined;
  const run = { bulkOrder: String(id), run: Number(number), rounds: 0 };
  return stopAskedAt === undefined ? { run } : { run, stop: `stop-${revision}` };
}

/**
 * When the run's execution is over, nobody is there who would see that the bulk order is to be stopped, unless it has ended:
 * it had failed. Another one stops it. That gives no order, so it does no harm beside any other.
 */
async function startBulkRun(ports: ConsumerPorts, { run, stop }: WantedBulkRun): Promise<void> {
  const state = await ports.bulkRuns.start(run);
  if (state === 'ended' && stop !== undefined) await ports.bulkRuns.start(run, stop);
}

function deliveryOf(name: QueueName, event: HistoryEvent, position: string): QueuedDelivery {
  const { id, type, at, license = '' } = event;
  return { ...name, position, lane: license, event: id, type, at, body: eventBody(event), attempts: 0 };
}

/** Deliveries by what is kept in order, each lane in its order. */
export function byLane(deliveries: readonly QueuedDelivery[]): Map<string, QueuedDelivery[]> {
  const lanes = new Map<string, QueuedDelivery[]>();
  for (const delivery of deliveries) {
    const lane = lanes.get(delivery.lane);
    if (lane === undefined) lanes.set(delivery.lane, [delivery]);
    else lane.push(delivery);
  }
  return lanes;
}
