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

/** Sends every command with `ReturnConsumedCapacity: INDEXES` and adds up the reports. */
export function meterCapacity(documents: DynamoDBDocumentClient): CapacityMeter {
  let consumed = nothing();
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'INDEXES' });
      const name = String(context.commandName);
      consumed.calls[name] = (consumed.calls[name] ?? 0) + 1;
      const result = await next(args);
      const units = unitsOf(result.output as { ConsumedCapacity?: Reported | Reported[] });
      if (WRITES.test(name)) consumed.writeUnits += units;
      else consumed.readUnits += units;
      return result;
    },
    { step: 'initialize', name: 'capacityMeter', priority: 'high' },
  );
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
