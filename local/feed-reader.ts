/**
 * Gives the changes of the embedded table to the function that reads the stream, batch by batch and in their order. A change is
 * removed from the feed when it is handled, so the function gets each one at least once, even after a crash.
 */
import { marshall } from '@aws-sdk/util-dynamodb';
import type { StreamEvent, StreamResult } from '../functions/use-cases/events/consume.ts';
import type { FeedRecord, SqliteStorage } from '../table/index.ts';

const BATCH_SIZE = 100;
const ERROR_PAUSE_MILLISECONDS = 1_000;

export interface FeedReaderOptions {
  readonly storage: Pick<SqliteStorage, 'feed' | 'handled' | 'onFeed'>;
  readonly handler: (event: StreamEvent) => Promise<StreamResult>;
  readonly notify: (message: string) => void;
}

export interface FeedReader {
  /** Waits for the current batch and reads no more. */
  close(): Promise<void>;
}

export function startFeedReader({ storage, handler, notify }: FeedReaderOptions): FeedReader {
  let closing = false;
  let running: Promise<void> | undefined;
  let isWanted = false;
  let wake = (): void => undefined;

  const readBatch = async (): Promise<boolean> => {
    const records = storage.feed(BATCH_SIZE);
    if (records.length === 0) return false;
    const { batchItemFailures } = await handler({ Records: records.map(streamRecord) });
    const failed = batchItemFailures[0]?.itemIdentifier;
    const done =
      failed === undefined ? records.length : records.findIndex(({ sequence }) => String(sequence) === failed);
    const last = records[done - 1];
    if (last !== undefined) storage.handled(last.sequence);
    if (failed !== undefined) throw new Error(`The record ${failed} was not handled`);
    return true;
  };

  const run = async (): Promise<void> => {
    let lastMessage = '';
    while (isWanted && !closing) {
      isWanted = false;
      try {
        while (!closing && (await readBatch()));
        lastMessage = '';
      } catch (error) {
        const message = String(error);
        // A lasting fault is reported once.
        if (message !== lastMessage) notify(`The changes of the table could not be handled; trying again: ${message}`);
        lastMessage = message;
        isWanted = true;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ERROR_PAUSE_MILLISECONDS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  };

  const want = (): void => {
    isWanted = true;
    if (running !== undefined || closing) return;
    // Later, so that the request that made the change is answered first.
    running = new Promise<void>((resolve) => setImmediate(resolve)).then(run).finally(() => {
      running = undefined;
      if (isWanted && !closing) want();
    });
  };

  storage.onFeed(want);
  // Changes of the process before.
  want();
  return {
    close: async () => {
      closing = true;
      wake();
      await running;
    },
  };
}

function streamRecord({ sequence, kind, at, after }: FeedRecord): StreamEvent['Records'][number] {
  const options = { removeUndefinedValues: true, convertClassInstanceToMap: true };
  return {
    eventName: kind,
    dynamodb: {
      SequenceNumber: String(sequence),
      ApproximateCreationDateTime: at / 1000,
      ...(after === undefined ? {} : { NewImage: marshall(after, options) }),
    },
  };
}
