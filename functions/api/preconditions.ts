import { createHash } from 'node:crypto';
import { canonicalJson } from '../../protocol/index.ts';
import { type Answer, answer } from './answer.ts';
import { problem, refuse } from './problem.ts';

/** Entity tags and preconditions (RFC 9110, 8.8.3 and 13), for what two people may edit at the same time. */

type Headers = Readonly<Record<string, string | undefined>>;

const TAG_CHARACTERS = 22;
const ANY = '*';
const ONE_TAG = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
const TAGS = new RegExp(`^\\s*${ONE_TAG}(?:\\s*,\\s*${ONE_TAG})*\\s*$`);
const EACH_TAG = new RegExp(ONE_TAG, 'g');

/** A strong tag of what is shown: equal tags are equal content, also over a deletion or a restored table. */
export function entityTag(view: object): string {
  return `"${createHash('sha256').update(canonicalJson(view)).digest('base64url').slice(0, TAG_CHARACTERS)}"`;
}

/** What is shown, with its tag; only that it is still the same, when the caller has it already. */
export function answerTagged(headers: Headers, view: object): Answer {
  const etag = entityTag(view);
  return isNamed(headers['if-none-match'], etag, 'weak')
    ? { status: 304, headers: { etag } }
    : answer(200, view, { etag });
}

/** What was changed, as it is now, with its tag. */
export function answerChanged(status: 200 | 201, view: object): Answer {
  return answer(status, view, { etag: entityTag(view) });
}

/**
 * Why a change may not be made to what is there now, `undefined` for nothing; the caller must write on the condition that it
 * still is what was looked at here. Without preconditions every change may be made.
 */
export function refusePrecondition(headers: Headers, current: object | undefined): Answer | undefined {
  const errors = (['if-match', 'if-none-match'] as const)
    .filter((name) => headers[name] !== undefined && !isWellFormed(headers[name]))
    .map((name) => ({ path: `header.${name}`, message: 'entity tags in double quotes, or *' }));
  if (errors.length > 0) return refuse({ code: 'invalid-request', errors });
  const etag = current === undefined ? undefined : entityTag(current);
  const shown = etag === undefined ? {} : { etag };
  const wanted = headers['if-match'];
  if (wanted !== undefined && !isNamed(wanted, etag, 'strong')) {
    const detail =
      etag === undefined ? 'It is not there.' : 'It was changed since you read it; read it again, and change that.';
    return problem('precondition-failed', `Nothing was changed. ${detail}`, {}, shown);
  }
  if (!isNamed(headers['if-none-match'], etag, 'weak')) return undefined;
  return problem('precondition-failed', 'Nothing was changed. It is there already.', {}, shown);
}

function isWellFormed(header: string): boolean {
  return header.trim() === ANY || TAGS.test(header);
}

/** A weak tag says that it is as good as the same, which is not enough for a change that must not be lost. */
function isNamed(header: string | undefined, etag: string | undefined, comparison: 'weak' | 'strong'): boolean {
  if (header === undefined || etag === undefined) return false;
  if (header.trim() === ANY) return true;
  const tags = header.match(EACH_TAG) ?? [];
  return tags.some((tag) => tag === etag || (comparison === 'weak' && tag === `W/${etag}`));
}
