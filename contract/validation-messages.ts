import type * as z from 'zod/mini';

/** An issue that zod found and that has no message yet, with the value and the schema or check that found it. */
type RawIssue = z.core.$ZodRawIssue;

export const NO_SUCH_FIELD = 'there is no such field';

/** The message of an issue whose parts are reported instead. */
export const IN_ITS_PARTS = '';

/**
 * The message of an issue for which the schema has no message of its own. It names what is allowed, and no more of the value
 * than its length, because the value can be a secret or very long.
 */
export function formatIssue(issue: RawIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return NO_SUCH_FIELD;
    case 'invalid_type':
      return issue.input === undefined ? MISSING : formatType(issue);
    case 'invalid_value':
      return among(issue.values, issue.input);
    case 'too_big':
    case 'too_small':
      return formatLimit(issue);
    case 'invalid_union':
      return formatUnion(issue);
    case 'invalid_key':
      return `its name: ${issue.issues.map(({ message }) => message).join(', ')}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      return 'does not have the required form';
  }
}

const MISSING = 'is missing';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};

function formatType(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  return formatWholeNumber(issue) ?? `must be ${TYPES[issue.expected] ?? issue.expected}`;
}

/** The allowed values, after `is missing` if there is no value. */
function among(values: readonly unknown[], input: unknown): string {
  const wanted = `must be ${values.length === 1 ? '' : 'one of '}${values.map(String).join(', ')}`;
  return input === undefined ? `${MISSING}; ${wanted}` : wanted;
}

type Limit = z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall;

const COUNTED: Readonly<Record<string, string>> = { string: 'character', array: 'item' };

function formatLimit(issue: z.core.$ZodRawIssue<Limit>): string {
  const whole = formatWholeNumber(issue);
  if (whole !== undefined) return whole;
  const counted = COUNTED[issue.origin];
  const { input } = issue;
  if (issue.code === 'too_small') {
    const least = Number(issue.minimum);
    if (counted === undefined) return `${issue.inclusive === true ? 'at least' : 'more than'} ${least}`;
    return least === 1 ? 'must not be empty' : `at least ${formatCount(least, counted)}, got ${lengthOf(input)}`;
  }
  const most = Number(issue.maximum);
  if (counted === undefined) return `${issue.inclusive === true ? 'at most' : 'less than'} ${most}`;
  return `at most ${formatCount(most, counted)}, got ${lengthOf(input)}`;
}

function formatCount(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** Counts as zod does: a string by its code points. */
function lengthOf(input: unknown): number {
  if (Array.isArray(input)) return input.length;
  let length = 0;
  for (const _ of String(input)) length += 1;
  return length;
}

/** Names the whole range of a whole number; `undefined` if the schema is not one of a whole number. */
function formatWholeNumber(issue: RawIssue): string | undefined {
  const { least, most = beyond(issue), isWhole } = rangeOf(issue.schema ?? issue.inst);
  if (!isWhole) return undefined;
  if (least !== undefined && most !== undefined) return `a whole number from ${least} to ${most}`;
  if (least !== undefined) return `a whole number of ${least} or more`;
  return most === undefined ? 'must be a whole number' : `a whole number of ${most} or less`;
}

/** The largest number that JavaScript represents exactly, if the value exceeded it. */
function beyond(issue: RawIssue): number | undefined {
  return issue.code === 'too_big' ? Number(issue.maximum) : undefined;
}

interface WholeRange {
  readonly isWhole: boolean;
  readonly least: number | undefined;
  readonly most: number | undefined;
}

/** The range that the checks of a schema allow. */
function rangeOf(schema: RawIssue['inst']): WholeRange {
  let isWhole = false;
  let least: number | undefined;
  let most: number | undefined;
  const checks =
    schema === undefined ? [] : [schema, ...('checks' in schema._zod.def ? (schema._zod.def.checks ?? []) : [])];
  for (const check of checks) {
    const { def } = (check as z.core.$ZodChecks)._zod;
    if (def.check === 'number_format') isWhole ||= def.format.includes('int');
    if (def.check === 'greater_than') least = Math.max(least ?? -Infinity, Number(def.value) + (def.inclusive ? 0 : 1));
    if (def.check === 'less_than') most = Math.min(most ?? Infinity, Number(def.value) - (def.inclusive ? 0 : 1));
  }
  return { isWhole, least, most };
}

/**
 * For a discriminated union: the allowed values of the discriminator. For another union: the parts of the one form whose type
 * the value has, or all types if no form has it.
 */
function formatUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const { discriminator, errors, input } = issue;
  if (discriminator !== undefined) {
    const options: readonly unknown[] = Array.isArray(issue.options) ? issue.options : [];
    return among(options, (input as Readonly<Record<string, unknown>>)[discriminator]);
  }
  if (input === undefined) return MISSING;
  if (meantOf(errors) !== undefined) return IN_ITS_PARTS;
  if (errors.some((issues) => !isOfOtherType(issues))) return 'matches none of the allowed forms';
  const types = errors.map(([first]) => first?.message.replace(/^must be /, ''));
  return `must be ${[...new Set(types)].join(' or ')}`;
}

/** The issues of the one form whose type the value has; `undefined` if no form or several forms have it. */
export function meantOf(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const meant = forms.filter((issues) => !isOfOtherType(issues));
  return meant.length === 1 ? meant[0] : undefined;
}

function isOfOtherType(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
}
