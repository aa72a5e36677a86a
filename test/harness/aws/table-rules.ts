/** What Amazon's DynamoDB refuses, and the engine does not. */
import * as z from 'zod/mini';
import { INDEX_PARTITION_KEY, INDEX_SORT_KEY } from '../../../contract/table.ts';

const MAX_PARTITION_KEY_BYTES = 2_048;
const MAX_SORT_KEY_BYTES = 1_024;

const text = z.object({ S: z.string() });

/** @returns the message of a ValidationException, or `undefined` */
export function refusalOf(operation: string, input: Readonly<Record<string, unknown>>): string | undefined {
  const writes =
    operation === 'TransactWriteItems'
      ? z
          .array(z.record(z.string(), z.record(z.string(), z.unknown())))
          .parse(input['TransactItems'])
          .flatMap((one) => Object.values(one))
      : [input];
  for (const write of writes) {
    const refused = longIndexKey(write['Item']) ?? unusedValue(write);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function longIndexKey(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  for (const [name, most] of [
    [INDEX_PARTITION_KEY, MAX_PARTITION_KEY_BYTES],
    [INDEX_SORT_KEY, MAX_SORT_KEY_BYTES],
  ] as const) {
    const value = text.safeParse((item as Readonly<Record<string, unknown>>)[name]);
    if (value.success && Buffer.byteLength(value.data.S) > most) {
      return `One or more parameter values were invalid: the index key ${name} has more than ${most} bytes`;
    }
  }
  return undefined;
}

/** Amazon refuses values and names that no expression uses. */
function unusedValue(input: Readonly<Record<string, unknown>>): string | undefined {
  const expressions = Object.entries(input)
    .filter(([name]) => name.endsWith('Expression'))
    .map(([, value]) => String(value))
    .join(' ');
  for (const member of ['ExpressionAttributeValues', 'ExpressionAttributeNames']) {
    for (const name of Object.keys((input[member] ?? {}) as object)) {
      if (!new RegExp(`${name.replace('#', '\\#')}(?![A-Za-z0-9_])`).test(expressions)) {
        return `Value provided in ${member} unused in expressions: ${name}`;
      }
    }
  }
  return undefined;
}
