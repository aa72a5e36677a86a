import * as z from 'zod/mini';
import { type KnownPlan as KnownPlanJson, MAX_KNOWN_PLAN_BYTES, type OpaqueJson } from '../../../contract/tasks.ts';
import { type Head, headItem } from '../../store/container-head-item.ts';
import { licenseItem, type StoredLicense } from '../../store/license-item.ts';
import { type Reprogramming, reprogrammingJson, storedChange } from '../../store/reprogramming-item.ts';

/**
 * A plan as it was decided or committed, with the revisions that the next writes expect. It can be out of date at any time: a
 * write that relies on it names these revisions, and is refused if one of them has changed.
 */
export interface KnownPlan {
  readonly head: Head;
  readonly plan: Reprogramming;
  /** The licenses to activate, by id. */
  readonly licenses: ReadonlyMap<string, StoredLicense>;
}

const knownPlan = z.object({
  head: headItem,
  plan: reprogrammingJson,
  licenses: z.array(licenseItem),
});

/** The plan as it travels in the payload of an execution; `undefined` if it is larger than 32 KB. */
export function knownPlanJson({ head, plan, licenses }: KnownPlan): KnownPlanJson | undefined {
  const json = {
    head: { ...head },
    plan: { ...plan, changes: plan.changes.map(storedChange) },
    licenses: [...licenses.values()].map((license) => ({ ...license })),
  };
  return Buffer.byteLength(JSON.stringify(json)) <= MAX_KNOWN_PLAN_BYTES ? json : undefined;
}

/** The plan in a payload; `undefined` if the payload has no plan, or if another version of this program wrote it in another form. */
export function parseKnownPlan(json: KnownPlanJson | undefined): KnownPlan | undefined {
  const { success, data } = knownPlan.safeParse(json);
  if (!success) return undefined;
  return { ...data, licenses: new Map(data.licenses.map((license) => [license.id, license])) };
}

/** The head in a payload; `undefined` as for {@link parseKnownPlan}. */
export function parseKnownHead(json: OpaqueJson | undefined): Head | undefined {
  return headItem.safeParse(json).data;
}
