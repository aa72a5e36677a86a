import type * as z from 'zod/mini';

/** What zod has found, before it has a message: with the value, and with the schema or the check that found it. */
type RawIssue = z.core.$ZodRawIssue;

/** No message of its own: what the issue consists of is told in its place. */
export const IN_ITS_PARTS = '';

/**
 * An issue in words fit to be shown. Zod asks for them where a schema has no message of its own. They tell what is wanted,
 * and of the value no more than its length: it may be a secret, or huge.
 */
export function formatIssue(issue: RawIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'there is no such field';
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
      return 'has not the form that it must have';
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

/** One of few values; of one that is missing, that as well. */
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
    return least === 1 ? 'must not be empty' : `at least ${formatCount(least, counted)}, these are ${lengthOf(input)}`;
  }
  const most = Number(issue.maximum);
  if (counted === undefined) return `${issue.inclusive === true ? 'at most' : 'less than'} ${most}`;
  return `at most ${formatCount(most, counted)}, these are ${lengthOf(input)}`;
}

function formatCount(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** As zod counts: a text in code points. */
function lengthOf(input: unknown): number {
  if (Array.isArray(input)) return input.length;
  let length = 0;
  for (const _ of String(input)) length += 1;
  return length;
}

/** The whole range, whatever of it was missed; `undefined` when something else than a whole number is wanted. */
function formatWholeNumber(issue: RawIssue): string | undefined {
  const { least, most = beyond(issue), isWhole } = rangeOf(issue.schema ?? issue.inst);
  if (!isWhole) return undefined;
  if (least !== undefined && most !== undefined) return `a whole number from ${least} to ${most}`;
  if (least !== undefined) return `a whole number of ${least} or more`;
  return most === undefined ? 'must be a whole number' : `a whole number of ${most} or less`;
}

/** The largest number that is held exactly, where that is what was missed. */
function beyond(issue: RawIssue): number | undefined {
  return issue.code === 'too_big' ? Number(issue.maximum) : undefined;
}

interface WholeRange {
  readonly isWhole: boolean;
  readonly least: number | undefined;
  readonly most: number | undefined;
}

/** What the checks of a schema make of it. */
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
 * Of a discriminated union the discriminator; of another the form that was meant, which is the one whose type the value
 * has. Where none has it, all types.
 */
function formatUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const { discriminator, errors, input } = issue;
  if (discriminator !== undefined) {
    const options: readonly unknown[] = Array.isArray(issue.options) ? issue.options : [];
    return among(options, (input as Readonly<Record<string, unknown>>)[discriminator]);
  }
  if (input === undefined) return MISSING;
  if (meantOf(errors) !== undefined) return IN_ITS_PARTS;
  if (errors.some((issues) => !isOfOtherType(issues))) return 'fits none of its forms';
  const types = errors.map(([first]) => first?.message.replace(/^must be /, ''));
  return `must be ${[...new Set(types)].join(' or ')}`;
}

/** The issues of the one form whose type the value has; `undefined` when that is none, or several. */
export function meantOf(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const meant = forms.filter((issues) => !isOfOtherType(issues));
  return meant.length === 1 ? meant[0] : undefined;
}

function isOfOtherType(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
}
