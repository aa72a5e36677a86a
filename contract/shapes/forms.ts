import * as z from 'zod/mini';

/** The forms of ids, codes and times in answers. */

const CROCKFORD = '[0-9A-HJKMNP-TV-Z]';

export const time = z.iso.datetime();
/** The days of a lease (L1). */
export const days = z.int().check(z.minimum(1), z.maximum(3_650));
export const count = z.int().check(z.nonnegative());
export const licenseId = z.string().check(z.regex(new RegExp(`^${CROCKFORD}{20}$`)));
export const ticketCode = z.string().check(z.regex(new RegExp(`^${CROCKFORD}{5}(-${CROCKFORD}{5}){4}$`)));
/** RFC 7638 SHA-256 thumbprint of the container's public key, base64url. */
export const serial = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));
export const digest = z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/));
export const reprogrammingId = z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{43}-\\d{1,10}-${CROCKFORD}{20}$`)));
/** A ULID; the events of one transaction share it and are numbered. */
export const eventId = z.string().check(z.regex(new RegExp(`^${CROCKFORD}{26}(-\\d{4,})?$`)));
/** An id that the server generates: letters and digits. */
export const generatedId = z.string().check(z.regex(new RegExp(`^${CROCKFORD}{1,40}$`)));
export const productCode = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/));
export const text = z.string().check(z.minLength(1));
export const reason = z.exactOptional(text);
/** The position of the next page; absent on the last page. */
export const cursor = z.exactOptional(z.string().check(z.regex(/^[A-Za-z0-9_-]+$/)));

/** A list: the whole list, or one page of it. */
export const listOf = <Item extends z.ZodMiniType>(item: Item) => z.strictObject({ items: z.array(item) });
export const pageOf = <Item extends z.ZodMiniType>(item: Item) => z.strictObject({ items: z.array(item), cursor });
/** An answer that has only a status. */
export const done = <Status extends string>(status: Status) => z.strictObject({ status: z.literal(status) });
