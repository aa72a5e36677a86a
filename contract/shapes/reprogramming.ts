import * as z from 'zod/mini';
import { count, licenseId, reprogrammingId, serial } from './forms.ts';
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

export const jws = z.string().check(z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/));

/** The signed file that reprograms one container, once. */
export const update = z.strictObject({
  jws,
  operations: z.array(operation),
});

/** The vendor's numbered list of the keys that may sign updates and leases: one signature or more over the same payload. */
export const keySet = z.strictObject({ jws: z.array(jws).check(z.minLength(1)) });

/** What an answer to a context adds to an update file. */
const statements = {
  /** The key sets that the container lacks, in the order of their versions. */
  keySets: z.exactOptional(z.array(keySet)),
  /** The vendor's statement that the container is at its place. */
  lease: z.exactOptional(jws),
  /** The server remembers a context of this time (seconds since 1970): the container's next one must be later. */
  late: z.exactOptional(count),
};

export const updateFile = z.strictObject({ keySets: statements.keySets, updates: z.array(update) });

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
  ...statements,
  /** The chain continues: it does not fit in one answer. */
  more: z.exactOptional(z.literal(true)),
});

export const receipt = z.strictObject({
  status: z.literal('confirmed'),
  container: serial,
  counter: count,
  ...statements,
});
