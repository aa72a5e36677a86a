import { defined } from '../../../domain/defined.ts';
import { licenseOfAction, type PendingAction } from '../../../domain/pending.ts';
import { isRenewal, type PlannedChange } from '../../../domain/sequence.ts';
import type { Dependencies } from '../../dependencies.ts';
import { getLicenses } from '../../store/license-item.ts';
import { type Container, remainingPending } from './container.ts';

/**
 * Where a license of a container is.
 *
 * - `confirmed`: the container confirmed it.
 * - `arriving`: a planned update, or one without a receipt, puts it into the container.
 * - `leaving`: such an update removes it.
 * - `waiting`: a pending action puts it there, and no update does yet.
 */
export type ContentState = 'confirmed' | 'arriving' | 'leaving' | 'waiting';

interface PlacedLicense {
  readonly license: string;
  readonly state: ContentState;
  /** The vendor action that the next update carries out. */
  readonly pending?: PendingAction['action'];
}

/** A license of a container, with its product. */
export interface Content extends PlacedLicense {
  readonly product: string;
}

/** The licenses that the container has, gets or loses, by id in code unit order. */
export async function loadContents(dependencies: Dependencies, container: Container): Promise<Content[]> {
  const placed = placedLicenses(container);
  const products = await loadProducts(
    dependencies,
    container,
    placed.map(({ license }) => license),
  );
  return placed.map(({ license, ...rest }) => ({ license, product: productIn(products, license), ...rest }));
}

function productIn(products: ReadonlyMap<string, string>, license: string): string {
  const product = products.get(license);
  if (product === undefined) throw new Error(`License ${license} of a container is missing`);
  return product;
}

/** Where each license of the container is: what the container confirmed, changed by the updates that it has not, and by actions. */
export function placedLicenses(container: Container): PlacedLicense[] {
  const placed = new Map<string, PlacedLicense>();
  for (const { id, held } of container.entries.values()) {
    if (held === undefined) continue;
    placed.set(id, { license: id, state: held.since > container.head.confirmed.counter ? 'arriving' : 'confirmed' });
  }
  // In the order of the updates: the last change of a license decides.
  for (const change of changesOf(container)) {
    // A renewed license stays where it is.
    if (isRenewal(change)) continue;
    const { op, license } = change;
    placed.set(license.id, { license: license.id, state: op === 'put' ? 'arriving' : 'leaving' });
  }
  for (const action of remainingPending(container)) {
    const put = putBy(action);
    if (put !== undefined) placed.set(put.id, { license: put.id, state: 'waiting' });
    const license = licenseOfAction(action);
    const known = placed.get(license);
    if (known !== undefined) placed.set(license, { ...known, pending: action.action });
  }
  return [...placed.values()].sort((one, other) => (one.license < other.license ? -1 : 1));
}

/** The changes of the updates that the container has not confirmed, in their order. */
function changesOf({ outstanding, inFlight }: Container): PlannedChange[] {
  return [...outstanding, ...(inFlight === undefined ? [] : [inFlight])].flatMap(({ changes }) => changes);
}

/** The license that the action puts into the container. */
function putBy(action: PendingAction) {
  if (action.action === 'withdraw' || action.action === 'renew') return undefined;
  return action.action === 'assign' ? action.license : action.replacement;
}

/** A pending action with the products of its licenses. */
export interface NamedAction {
  readonly action: PendingAction;
  readonly product?: string;
  readonly replacementProduct?: string;
}

/** The pending vendor actions that are not planned yet, with products. */
export async function loadPending(dependencies: Dependencies, container: Container): Promise<NamedAction[]> {
  const pending = remainingPending(container);
  const products = await loadProducts(dependencies, container, pending.map(licenseOfAction));
  return pending.map((action) =>
    defined({
      action,
      product: products.get(licenseOfAction(action)),
      replacementProduct: action.action === 'replace' ? action.replacement.product : undefined,
    }),
  );
}

/** The products of these licenses, by id. Only licenses that an update removes are read: a plan keeps no product of them. */
async function loadProducts(
  dependencies: Dependencies,
  container: Container,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const products = new Map<string, string>();
  for (const { id, held } of container.entries.values()) if (held !== undefined) products.set(id, held.license.product);
  for (const change of changesOf(container)) {
    if (change.op === 'put') products.set(change.license.id, change.license.product);
  }
  for (const action of remainingPending(container)) {
    const put = putBy(action);
    if (put !== undefined) products.set(put.id, put.product);
  }
  const missing = new Set(wanted.filter((license) => !products.has(license)));
  const removed = changesOf(container).flatMap(({ license }) => (missing.has(license.id) ? [license] : []));
  for (const { id, product } of (await getLicenses(dependencies, removed)).values()) products.set(id, product);
  return products;
}
