import { answerBytes } from '../../../contract/answer-bytes.ts';
import {
  type ContainerLicense,
  type Content,
  digestOf,
  EVIDENCE_TYPE,
  EVIDENCE_VERSION,
  type Evidence,
  normalizeContent,
  type Position,
} from '../../../protocol/index.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { StoredLicense } from '../../store/license-item.ts';
import { findReceipt } from '../../store/receipt-item.ts';
import { loadReprogrammings } from '../containers/container.ts';
import { newestKeySet } from '../keys/newest-key-set.ts';
import { chainFrom, MAX_CHAIN_BYTES } from '../reprogramming/update-chain.ts';

export type EvidenceOutcome =
  | { readonly kind: 'found'; readonly evidence: Evidence }
  /** No container held the license, or the receipt of its last removal has not come. */
  | { readonly kind: 'none' }
  | { readonly kind: 'too-large' };

/**
 * The evidence of the license's last removal from a container (E1). The updates are those of {@link chainFrom}, so they are signed by
 * keys of the newest key set (K3).
 */
export async function evidenceOf(
  dependencies: Dependencies,
  { id, orderId, removed, standing }: StoredLicense,
): Promise<EvidenceOutcome> {
  // A later removal waits for its receipt: the earlier one says nothing about it.
  if (removed === undefined || standing.at === 'returned') return { kind: 'none' };
  const { container, counter } = removed;
  const receipt = await findReceipt(dependencies, container, counter);
  if (receipt === undefined) return { kind: 'none' };
  const [chain, before] = await Promise.all([
    chainFrom(dependencies, container, counter - 1, receipt.counter),
    contentBefore(dependencies, container, counter),
  ]);
  // Read after the updates: one of them can be signed by a key of a set that was published a moment ago.
  const [newest, keySets] = await Promise.all([newestKeySet(dependencies), dependencies.keySets.all()]);
  const evidence: Evidence = {
    type: EVIDENCE_TYPE,
    version: EVIDENCE_VERSION,
    iss: newest.iss,
    license: id,
    order: orderId,
    before,
    updates: chain.updates,
    receipt: receipt.jws,
    keySets: keySets.map(({ signed }) => signed),
  };
  const isTooLarge = chain.more === true || answerBytes(evidence) > MAX_CHAIN_BYTES;
  return isTooLarge ? { kind: 'too-large' } : { kind: 'found', evidence };
}

/** Counters whose plans are read at once. */
const PLANS_AT_ONCE = 100;

/**
 * What the container held before its update `counter`: the changes of all updates before it, from the beginning.
 *
 * @throws Error if that is not the content whose digest the update names
 */
async function contentBefore(dependencies: Dependencies, serial: string, counter: number): Promise<Content> {
  const licenses = new Map<string, ContainerLicense>();
  for (let from = 1; from < counter; from += PLANS_AT_ONCE) {
    const to = Math.min(from + PLANS_AT_ONCE, counter) - 1;
    for (const { changes } of await loadReprogrammings(dependencies, serial, from, to)) {
      for (const { op, license } of changes) {
        if (op === 'put') licenses.set(license.id, license);
        else licenses.delete(license.id);
      }
    }
  }
  const before = normalizeContent({ counter: counter - 1, licenses: [...licenses.values()] });
  const [plan] = await loadReprogrammings(dependencies, serial, counter, counter);
  if (plan === undefined || !(await isAt(plan.from, before)))
    throw new Error(`Bug: the updates of container ${serial} do not lead to the content before update ${counter}`);
  return before;
}

async function isAt({ counter, digest }: Position, content: Content): Promise<boolean> {
  return counter === content.counter && digest === (await digestOf(content));
}
