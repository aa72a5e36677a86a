import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What a client has consumed of a table and its indexes, as the table reports it. */
export interface Consumption {
  writeUnits: number;
  readUnits: number;
  /** Calls by the name of their command, such as `TransactWriteCommand`. */
  calls: Record<string, number>;
}

export interface CapacityMeter {
  /** Consumed since the last reset. */
  readonly consumed: Consumption;
  reset(): void;
}

const WRITES = /^(Put|Update|Delete|TransactWrite|BatchWrite)/;

interface Command {
  readonly input: object;
}
type Send = (command: Command, ...more: unknown[]) => Promise<object>;

/** Sends every command with `ReturnConsumedCapacity: INDEXES` and adds up the reports. */
export function meterCapacity(documents: DynamoDBDocumentClient): CapacityMeter {
  let consumed = nothing();
  const client = documents as unknown as { send: Send };
  const send: Send = client.send.bind(client);
  client.send = async (command, ...more) => {
    Object.assign(command.input, { ReturnConsumedCapacity: 'INDEXES' });
    const { name } = command.constructor;
    consumed.calls[name] = (consumed.calls[name] ?? 0) + 1;
    const output = await send(command, ...more);
    const units = unitsOf(output as { ConsumedCapacity?: Reported | Reported[] });
    if (WRITES.test(name)) consumed.writeUnits += units;
    else consumed.readUnits += units;
    return output;
  };
  return {
    get consumed() {
      return consumed;
    },
    reset() {
      consumed = nothing();
    },
  };
}

interface Reported {
  /** Table and indexes together. */
  readonly CapacityUnits?: number;
}

function unitsOf({ ConsumedCapacity: reported }: { ConsumedCapacity?: Reported | Reported[] }): number {
  const reports = Array.isArray(reported) ? reported : reported === undefined ? [] : [reported];
  // A missing report would count as no cost.
  if (reports.length === 0) throw new Error('The table reported no consumed capacity');
  let units = 0;
  for (const { CapacityUnits: part } of reports) {
    if (part === undefined) throw new Error('The table reported no capacity units');
    units += part;
  }
  return units;
}

function nothing(): Consumption {
  return { writeUnits: 0, readUnits: 0, calls: {} };
}
