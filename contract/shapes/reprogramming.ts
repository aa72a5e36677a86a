import * as z from 'zod/mini';
import { licenseId, reprogrammingId } from './forms.ts';
import { containerLicense } from './license.ts';

const operation = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('remove'),
    license: licenseId,
    cause: z.enum(['withdraw', 'deactivate', 'replace']),
  }),
  z.strictObject({
    op: z.literal('put'),
    license: containerLicense,
    cause: z.enum(['assign', 'replace', 'activate']),
  }),
]);

/** The signed file that reprograms one container, once. */
export const update = z.strictObject({
  jws: z.string().check(z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)),
  operations: z.array(operation),
});

export const updateFile = z.strictObject({ updates: z.array(update) });

/** An action that was not carried out: manual ones of a request, or the assignment that a vendor orders. */
export const conflict = z.strictObject({
  action: z.enum(['activate', 'deactivate', 'assign']),
  license: z.string(),
  reason: z.enum([
    'not-on-ticket',
    'not-available',
    'reserved-elsewhere',
    'not-in-container',
    'withdrawn',
    'expired',
    'requires-unmet',
    'required-by',
    'dropped-together',
  ]),
  /** Other licenses that make it one; made-up ids may be among them. */
  because: z.exactOptional(z.array(z.string())),
});

const executed = z.strictObject({
  withdraw: z.array(licenseId),
  deactivate: z.array(licenseId),
  assign: z.array(licenseId),
  replace: z.array(z.strictObject({ old: licenseId, new: licenseId })),
  activate: z.array(licenseId),
});

export const reprogramming = z.strictObject({
  id: reprogrammingId,
  status: z.enum(['planned', 'issued', 'confirmed', 'unchanged', 'previewed']),
  executed,
  dropped: z.array(conflict),
  updates: z.array(update),
  /** The chain goes on: it is longer than one answer holds. */
  more: z.exactOptional(z.literal(true)),
});
