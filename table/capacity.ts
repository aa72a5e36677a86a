/** The capacity that a request consumes, as DynamoDB counts it ("Provisioned capacity mode", Developer Guide). */
import { type ItemChange, indexEntryOf } from './storage.ts';
import { type Item, itemSize } from './values.ts';

const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;

/** Units of the table itself and of its index. */
export interface Units {
  readonly table: number;
  readonly index: number;
}

export const NO_UNITS: Units = { table: 0, index: 0 };

export function sum(all: readonly Units[]): Units {
  return all.reduce((one, other) => ({ table: one.table + other.table, index: one.index + other.index }), NO_UNITS);
}

export function readUnits(bytes: number, isConsistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (isConsistent ? 1 : 0.5);
}

/** @param factor 2 in a transaction */
export function writeUnits({ before, after }: ItemChange, factor: 1 | 2): Units {
  const bytes = Math.max(before === undefined ? 0 : itemSize(before), after === undefined ? 0 : itemSize(after));
  return { table: Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES)) * factor, index: indexUnits(before, after) };
}

/** An entry that comes or goes is one write, and one that moves is two. Transactions do not double the writes of an index. */
function indexUnits(before: Item | undefined, after: Item | undefined): number {
  const left = indexEntryOf(before);
  const right = indexEntryOf(after);
  if (left === undefined && right === undefined) return 0;
  if (left === undefined || right === undefined) return 1;
  return left.indexPk === right.indexPk && left.indexSk === right.indexSk ? 0 : 2;
}

export interface Reported {
  readonly TableName: string;
  readonly CapacityUnits: number;
  readonly Table?: { readonly CapacityUnits: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits: number }>>;
}

/** The report for `ReturnConsumedCapacity`; `undefined` if none was asked for. */
export function reportOf(
  asked: string | undefined,
  { table, index }: Units,
  { TableName, IndexName }: { readonly TableName: string; readonly IndexName: string },
): Reported | undefined {
  if (asked === undefined || asked === 'NONE') return undefined;
  const total = { TableName, CapacityUnits: table + index };
  if (asked === 'TOTAL') return total;
  return {
    ...total,
    Table: { CapacityUnits: table },
    ...(index === 0 ? {} : { GlobalSecondaryIndexes: { [IndexName]: { CapacityUnits: index } } }),
  };
}
