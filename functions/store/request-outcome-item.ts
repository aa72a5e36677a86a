import * as z from 'zod/mini';
import type { Refusal } from '../../domain/refusal.ts';
import type { Conflict } from '../../domain/sequence.ts';
import type { Dependencies } from '../dependencies.ts';
import { compressJson, decompressJson } from './compression.ts';
import { expiryAfter } from './expiry.ts';
import { conflict } from './item-schemas.ts';
import { outcomeKey } from './keys.ts';
import type { RawItem } from './queries.ts';
import { put, type Write } from './transactions.ts';

/** The refusals that planning can return. */
const refusal = z.discriminatedUnion('code', [
  z.object({ code: z.literal('manual-conflict'), conflicts: z.array(conflict) }),
  z.object({ code: z.literal('too-many-outstanding'), explanation: z.string() }),
  z.object({ code: z.literal('container-retired'), container: z.string() }),
]);

/** Why a request for a reprogramming is refused when it is planned. */
export type PlanRefusal = Extract<Refusal, { code: z.infer<typeof refusal>['code'] }>;

const compressed = z.instanceof(Uint8Array);

const outcomeItem = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('nothing'),
    dropped: z.union([compressed, z.array(conflict)]),
    answeredBy: z.exactOptional(z.string()),
  }),
  z.object({ kind: z.literal('refused'), refusal: z.union([compressed, refusal]) }),
]);

/** The result of a request that planned nothing: `answeredBy` is the outstanding reprogramming that answers it (T4). */
export type RequestOutcome =
  | { readonly kind: 'nothing'; readonly dropped: readonly Conflict[]; readonly answeredBy?: string }
  | { readonly kind: 'refused'; readonly refusal: PlanRefusal };

export function parseOutcome(item: RawItem): RequestOutcome {
  const stored = outcomeItem.parse(item);
  return stored.kind === 'refused'
    ? { ...stored, refusal: refusal.parse(decompressJson(stored.refusal)) }
    : { ...stored, dropped: z.array(conflict).parse(decompressJson(stored.dropped)) };
}

/** Seconds for which the result of a request that planned nothing is kept. */
const KEPT_SECONDS = 30 * 24 * 3600;

/** Stores the result of a request that planned nothing, for 30 days. */
export function putOutcome(dependencies: Dependencies, serial: string, id: string, outcome: RequestOutcome): Write {
  const expiresAtSeconds = expiryAfter(dependencies, KEPT_SECONDS);
  const stored =
    outcome.kind === 'refused'
      ? { ...outcome, refusal: compressJson(outcome.refusal) }
      : { ...outcome, dropped: compressJson(outcome.dropped) };
  return put(dependencies, outcomeKey(serial, id), { ...stored, expiresAtSeconds });
}
