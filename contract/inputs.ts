import * as z from 'zod/mini';
import { durationTerm, isLength } from '../domain/duration.ts';
import { MAX_LICENSES_ON_TICKET, MAX_ORDER_ID_BYTES, MIN_SERIAL_PREFIX } from '../domain/limits.ts';
import { spanMilliseconds } from '../domain/span.ts';
import { parseTicketCode } from '../domain/ticket-code.ts';
import { isName, MAX_LEASE_DAYS, MAX_LIST_LENGTH, MAX_NAME_LENGTH, MAX_TERMS } from '../protocol/index.ts';

/** Parts of requests that several endpoints share. Unknown members are an error everywhere. */

export const text = (longest: number) =>
  z
    .string()
    .check(z.trim(), z.minLength(1), z.maxLength(longest), z.regex(PRINTABLE, 'must have no control characters'));

// biome-ignore lint/suspicious/noControlCharactersInRegex: it rejects control characters.
const PRINTABLE = /^[^\u0000-\u001f\u007f]*$/;

export const code = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be a code: 1 to 64 characters out of A-Z a-z 0-9 . _ -'));

export const orderId = text(MAX_ORDER_ID_BYTES).check(
  // The check above reports an id with too many characters.
  z.refine(
    (id) => [...id].length > MAX_ORDER_ID_BYTES || Buffer.byteLength(id) <= MAX_ORDER_ID_BYTES,
    `at most ${MAX_ORDER_ID_BYTES} bytes in UTF-8`,
  ),
);

export const licenseId = z.string().check(z.minLength(1), z.maxLength(64));

export const serial = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'must be a container serial: 43 base64url characters'));

/** A serial, or its beginning. */
export const serialPrefix = z
  .string()
  .check(
    z.regex(
      new RegExp(`^[A-Za-z0-9_-]{${MIN_SERIAL_PREFIX},43}$`),
      `must be a container serial or its beginning: ${MIN_SERIAL_PREFIX} to 43 base64url characters`,
    ),
  );

/** A time span in whole hours, days or weeks. */
export const span = z
  .string()
  .check(
    z.refine(
      (given) => spanMilliseconds(given) !== undefined,
      'must be a number of hours, days or weeks, such as 12h, 90d or 4w',
    ),
  );

export const time = z.iso.datetime({ error: 'must be an RFC 3339 time in UTC, such as 2027-01-31T00:00:00Z' });

export const reason = text(500);

/** A ticket code in any spelling that a person can type; the table has one spelling. */
export const typedTicketCode = z.string().check(z.maxLength(64));

/** An invalid ticket code is treated as an unknown ticket. */
const asTicketCode = z.transform((typed: string) => parseTicketCode(typed) ?? '');

export const ticketCode = z.pipe(typedTicketCode, asTicketCode);

/** For filters: an invalid ticket code is refused, because a filter without matches looks like a valid one. */
const wellFormedTicketCode = z.pipe(
  typedTicketCode.check(z.refine((typed) => parseTicketCode(typed) !== undefined, 'is not a ticket code')),
  asTicketCode,
);

export const leaseDays = z.int().check(z.minimum(1), z.maximum(MAX_LEASE_DAYS));

export const feature = z.string().check(z.minLength(1), z.maxLength(100));

/** A text of a term. A container counts UTF-16 units, and `maxLength` counts code points: that check reports a text with too many. */
const termText = z.string().check(
  z.maxLength(MAX_NAME_LENGTH),
  z.refine(
    (value) => [...value].length > MAX_NAME_LENGTH || value.length <= MAX_NAME_LENGTH,
    `at most ${MAX_NAME_LENGTH} UTF-16 units`,
  ),
);

/** A term of the vendor's own. */
const ownTerm = z.union([
  termText,
  z.int().check(
    z.nonnegative(),
    z.refine((value) => !Object.is(value, -0), 'a whole number of 0 or more'),
  ),
  z.boolean(),
  z.array(termText.check(z.minLength(1))).check(z.maxLength(MAX_LIST_LENGTH)),
]);

/** How long a license is valid, and from when on (N2). Among the terms it is a text. */
const duration = z.pipe(
  z.strictObject({
    length: z
      .string()
      .check(
        z.maxLength(64),
        z.refine(
          isLength,
          'an ISO 8601 duration of whole numbers, such as P1Y or P30D, above zero and of at most 100 years',
        ),
      ),
    from: z.enum(['delivery', 'activation']),
  }),
  z.transform(durationTerm),
);

/** A type with an index signature has to include the known members: the schema still refuses a duration of another name. */
function asCatchall(
  schema: typeof ownTerm,
): z.ZodMiniType<z.output<typeof ownTerm>, z.input<typeof ownTerm> | z.input<typeof duration>> {
  return schema;
}

const MEMBERS_OF_TERMS = {
  expiresAt: z.optional(time),
  maintenanceUntil: z.optional(time),
  quantity: z.optional(z.int().check(z.positive(), z.maximum(1_000_000_000))),
  features: z.optional(z.array(feature).check(z.maxLength(100))),
  leaseDays: z.optional(leaseDays),
  duration: z.optional(duration),
};

/** The terms of the protocol, how long they last, and any others that the vendor's programs read. */
export const termsInput = z.catchall(z.object(MEMBERS_OF_TERMS), asCatchall(ownTerm)).check(
  z.refine((terms) => Object.keys(terms).length <= MAX_TERMS, `at most ${MAX_TERMS} terms`),
  z.refine(
    (terms) => terms.expiresAt === undefined || terms.duration === undefined,
    'give expiresAt or duration, not both',
  ),
  z.refine(
    (terms) => Object.keys(terms).every((name) => isName(name, MAX_NAME_LENGTH)),
    `the name of a term has 1 to ${MAX_NAME_LENGTH} characters (UTF-16 units)`,
  ),
);

/** Names of terms that a program must know to use the license. */
export const crit = z.array(termText.check(z.minLength(1))).check(z.maxLength(MAX_TERMS));

export const orderItem = z.strictObject({
  product: code,
  quantity: z.optional(z.int().check(z.positive(), z.maximum(MAX_LICENSES_ON_TICKET))),
  terms: z.optional(termsInput),
  crit: z.optional(crit),
});

/** The vendor's own reference to the customer: one text, or texts with names. */
export const customer = z.union([
  text(256),
  z.record(z.string().check(z.maxLength(64)), z.string().check(z.trim(), z.maxLength(256))),
]);

export const limit = z.optional(
  z.pipe(
    z.string().check(z.regex(/^\d{1,4}$/, 'a whole number from 1 to 1000')),
    z.pipe(z.transform(Number), z.int().check(z.minimum(1), z.maximum(1000))),
  ),
);

/** A cursor has the keys of the last item: a few strings of at most 1,024 bytes each. */
export const page = { limit, cursor: z.optional(z.string().check(z.maxLength(4096))) };

/** Which end of a list that is sorted by time comes first. */
const LIST_ORDERS = ['newest', 'oldest'] as const;

/** A page of a list that is sorted by time. */
export const sortedPage = { ...page, order: z.optional(z.enum(LIST_ORDERS)) };

export const generatedId = z
  .string()
  .check(z.regex(/^[0-9A-Z]{1,40}$/, 'must be an id: 1 to 40 characters out of 0-9 A-Z'));

export const orderReason = z.strictObject({ reason: z.optional(reason) });

export const orderBody = z.strictObject({
  orderId,
  customer: z.optional(customer),
  items: z.array(orderItem).check(z.minLength(1), z.maxLength(MAX_LICENSES_ON_TICKET)),
  /** Sells licenses whose `expiresAt` has passed, which is refused otherwise (N2). */
  allowExpired: z.optional(z.boolean()),
});

/** The whole new state of an order (O1). */
export const revisionBody = z.strictObject({
  orderId: z.optional(orderId),
  /** The customer stays if it is absent. */
  customer: z.optional(customer),
  /** An order without items keeps no license. */
  items: z.array(orderItem).check(z.maxLength(MAX_LICENSES_ON_TICKET)),
  allowExpired: z.optional(z.boolean()),
  /** Answers what the revision would do, and writes nothing. */
  preview: z.optional(z.boolean()),
});

/** States in which a license is on its ticket. */
const TICKET_STATES = [
  'available',
  'collected-without-receipt',
  'confirmed-collected',
  'returned-without-receipt',
] as const;

/** The filters by customer: a piece of a name, and a whole name. */
export const customerQuery = { customer: z.optional(text(256)), customerName: z.optional(text(256)) };

/** The conditions of a bulk order. */
export const bulkQuery = {
  /** A whole name: a piece of it could select the licenses of another customer. */
  customer: z.optional(text(256)),
  orderId: z.optional(orderId),
  product: z.optional(code),
  ticket: z.optional(wellFormedTicketCode),
  container: z.optional(serial),
  state: z.optional(z.enum(TICKET_STATES)),
  pending: z.optional(z.enum(['withdraw', 'replace', 'assign', 'renew'])),
  expiresBefore: z.optional(time),
};

/** The conditions of the list of licenses. Only the vendor who asks for a final state sees final licenses (W1). */
export const licenseQuery = {
  ...bulkQuery,
  ...customerQuery,
  state: z.optional(z.enum([...TICKET_STATES, 'withdrawn', 'replaced'])),
};

/** The terms that a renewal changes (N1). */
export const renewal = {
  expiresAt: z.optional(time),
  maintenanceUntil: z.optional(time),
  leaseDays: z.optional(leaseDays),
};

/** At least one of the terms is given. */
export function namesTerm({ expiresAt, maintenanceUntil, leaseDays: days }: RenewalInput): boolean {
  return expiresAt !== undefined || maintenanceUntil !== undefined || days !== undefined;
}

interface RenewalInput {
  readonly expiresAt?: string | undefined;
  readonly maintenanceUntil?: string | undefined;
  readonly leaseDays?: number | undefined;
}

export const NO_TERM_TO_RENEW = 'name expiresAt, maintenanceUntil or leaseDays';

export const replacement = {
  product: z.optional(code),
  terms: z.optional(termsInput),
  crit: z.optional(crit),
  reason: z.optional(reason),
};
