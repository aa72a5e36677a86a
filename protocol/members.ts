/** Whether a value is a JSON object with all `required` members, any `optional` ones, and no others. */
export function hasMembers<R extends string, O extends string = never>(
  value: unknown,
  required: readonly R[],
  optional: readonly O[] = [],
): value is Record<R, unknown> & Partial<Record<O, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name of required) if (!Object.hasOwn(value, name)) return false;
  for (const name of Object.keys(value))
    if (!required.includes(name as R) && !optional.includes(name as O)) return false;
  return true;
}

/** Whether a value is a counter or a time: a whole number from 0 to 2^53 - 1. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

/** Whether a value is 1 to `maxLength` UTF-16 units without lone surrogates. It may contain control characters. */
export function isName(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength && value.isWellFormed();
}
