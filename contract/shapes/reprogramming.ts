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

/** An action that was not executed: a manual action of a request, or an assignment that the vendor ordered. */
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
  /** Other licenses that cause the conflict; they can include ids of no license. */
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
  /** The chain continues: it does not fit in one answer. */
  more: z.exactOptional(z.literal(true)),
});
