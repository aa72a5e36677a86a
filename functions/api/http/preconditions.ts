import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../protocol/index.ts';
import { type Answer, answer } from './answer.ts';
import { problem, refuse } from './problem.ts';

/** Entity tags and preconditions (RFC 9110, 8.8.3 and 13), for resources that two people can edit at the same time. */

type Headers = Readonly<Record<string, string | undefined>>;

const TAG_CHARACTERS = 22;
const ANY = '*';
const ONE_TAG = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
const TAGS = new RegExp(`^\\s*${ONE_TAG}(?:\\s*,\\s*${ONE_TAG})*\\s*$`);
const EACH_TAG = new RegExp(ONE_TAG, 'g');

/** The strong entity tag of a view: equal tags mean equal content, also after a deletion or in a restored table. */
function entityTag(view: object): string {
  return `"${createHash('sha256').update(canonicalJson(view)).digest('base64url').slice(0, TAG_CHARACTERS)}"`;
}

/**
 * The tag of a view with observations: members that change without a request. They get a part of their own, so that a reader
 * sees them change, and `If-Match` compares only the settings.
 */
function observedTag(settings: object, observations: object | undefined): string {
  const tag = entityTag(settings);
  if (observations === undefined) return tag;
  return `${tag.slice(0, -1)}-${entityTag(observations).slice(1)}`;
}

const OBSERVED_TAG = new RegExp(`^("[\\w-]{${TAG_CHARACTERS}})-[\\w-]{${TAG_CHARACTERS}}"$`);

/** A tag without the part of the observations. */
const settingsTag = (tag: string): string => tag.replace(OBSERVED_TAG, '$1"');

/** Answers 200 with the view and its tag, or 304 if the caller has this version already. */
export function answerTagged(headers: Headers, settings: object, observations?: object): Answer {
  const etag = observedTag(settings, observations);
  return isNamed(headers['if-none-match'], etag, 'weak')
    ? { status: 304, headers: { etag } }
    : answer(200, { ...settings, ...observations }, { etag });
}

/** The answer to a change: the new view and its tag. */
export function answerChanged(status: 200 | 201, settings: object, observations?: object): Answer {
  return answer(status, { ...settings, ...observations }, { etag: observedTag(settings, observations) });
}

/**
 * Checks the preconditions of a change. The caller must write on the condition that the resource is still `current`.
 * @param current the view of the resource, without observations; `undefined` if it does not exist
 * @param observations shown in the tag of the refusal
 * @returns the refusal, or `undefined` if the change can proceed
 */
export function refusePrecondition(
  headers: Headers,
  current: object | undefined,
  observations?: object,
): Answer | undefined {
  const errors = (['if-match', 'if-none-match'] as const)
    .filter((name) => headers[name] !== undefined && !isWellFormed(headers[name]))
    .map(malformed);
  if (errors.length > 0) return refuse({ code: 'invalid-request', errors });
  const etag = current === undefined ? undefined : entityTag(current);
  const shown = current === undefined ? {} : { etag: observedTag(current, observations) };
  const wanted = headers['if-match'];
  const named = wanted?.replace(EACH_TAG, settingsTag);
  if (named !== undefined && !isNamed(named, etag, 'strong')) {
    const detail =
      etag === undefined
        ? 'the resource does not exist.'
        : 'the resource has changed since you read it. Read it again, then repeat your change.';
    return problem('precondition-failed', `Nothing was changed: ${detail}`, {}, shown);
  }
  if (!isNamed(headers['if-none-match']?.replace(EACH_TAG, settingsTag), etag, 'weak')) return undefined;
  return problem('precondition-failed', 'Nothing was changed: the resource already exists.', {}, shown);
}

/** The entity tag of a resource whose content is numbered. */
export function numberTag(number: number): string {
  return `"${number}"`;
}

/**
 * Reads `If-Match` of a change that must name the number that the caller has seen.
 * @returns whether a number matches, or the refusal of a request without a valid header
 */
export function expectedNumber(headers: Headers): ((number: number) => boolean) | Answer {
  const wanted = headers['if-match'];
  if (wanted === undefined) {
    return problem('precondition-required', 'Nothing was changed: send the ETag of the order in If-Match.');
  }
  if (!isWellFormed(wanted)) return refuse({ code: 'invalid-request', errors: [malformed('if-match')] });
  return (number) => isNamed(wanted, numberTag(number), 'strong');
}

/** The refusal of a change whose caller has not seen this number. */
export function refuseNumber(number: number): Answer {
  const detail = 'the resource has changed since you read it. Read it again, then repeat your change.';
  return problem('precondition-failed', `Nothing was changed: ${detail}`, {}, { etag: numberTag(number) });
}

function malformed(name: string): { readonly path: string; readonly message: string } {
  return { path: `header.${name}`, message: 'must be entity tags in double quotes, or *' };
}

function isWellFormed(header: string): boolean {
  return header.trim() === ANY || TAGS.test(header);
}

/** The strong comparison rejects weak tags, because a weak tag can be equal for different content. */
function isNamed(header: string | undefined, etag: string | undefined, comparison: 'weak' | 'strong'): boolean {
  if (header === undefined || etag === undefined) return false;
  if (header.trim() === ANY) return true;
  const tags = header.match(EACH_TAG) ?? [];
  return tags.some((tag) => tag === etag || (comparison === 'weak' && tag === `W/${etag}`));
}
