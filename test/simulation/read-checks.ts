/**
 * Whether the answer to a read agrees with the model. A read alone must agree with the current model. A read among
 * concurrent writes makes more than one read of the table (a license, then its container), so each part of its answer
 * must agree with one of the models on the path.
 */
import { sameSet } from './checker.ts';
import * as rules from './model.ts';

type Path = readonly rules.Model[];
type Body = Readonly<Record<string, unknown>>;

export function matchesPending(path: Path, serial: string, items: unknown): boolean {
  const response = (items as { action: string; license: string }[]).map(
    ({ action, license }) => `${action} ${license}`,
  );
  return path.some((model) =>
    sameSet(
      [...rules.pendingOf(model, serial)].map(([id, { kind }]) => `${kind} ${id}`),
      response,
    ),
  );
}

export function readContainer(model: rules.Model, serial: string): rules.Expected {
  return model.containers.has(serial) ? { status: 200 } : { status: 404, code: 'not-found' };
}

export function matchesContainer(path: Path, serial: string, response: Body): boolean {
  if (response['code'] !== undefined) return true;
  const known = path.filter((model) => model.containers.has(serial));
  const some = (holds: (container: rules.ModelContainer, model: rules.Model) => boolean): boolean =>
    known.some((model) => holds(rules.knownContainer(model, serial), model));
  if (!some(({ isRetired }) => response['status'] === (isRetired ? 'retired' : 'active'))) return false;
  if (!some(({ confirmed }) => response['counter'] === confirmed)) return false;
  if (response['status'] === 'retired') return true;
  const target = response['target'] as { counter: number };
  const licenses = response['licenses'] as string[];
  // The target's position and its content must come from the same model.
  const isTarget = some(
    (container, model) =>
      target.counter === rules.issuedOf(container) && sameSet([...rules.targetOf(model, serial)], licenses),
  );
  const outstanding = response['outstanding'] as string[];
  return (
    isTarget &&
    matchesPending(known, serial, response['pending']) &&
    some((container) => outstanding.length === rules.issuedOf(container) - container.confirmed)
  );
}

function stateOf(model: rules.Model, { place }: rules.ModelLicense): string {
  switch (place.on) {
    case 'ticket':
      return 'available';
    case 'container':
      return place.counter <= rules.knownContainer(model, place.serial).confirmed
        ? 'confirmed-collected'
        : 'collected-without-receipt';
    case 'way-out':
      return 'returned-without-receipt';
    case 'gone':
      return place.as;
  }
}

function pendingOf({ place }: rules.ModelLicense): string | undefined {
  if (place.on === 'ticket') return place.assignedTo === undefined ? undefined : 'assign';
  return place.on === 'gone' ? undefined : place.order?.kind;
}

export function matchesLicense(path: Path, id: string, response: Body): boolean {
  const candidates = path.flatMap((model) => {
    const license = model.licenses.get(id);
    return license === undefined ? [] : [{ license, state: stateOf(model, license) }];
  });
  const pending = response['pending'] as { action?: string } | undefined;
  return (
    candidates.some(({ state }) => response['state'] === state) &&
    candidates.some(({ license }) => pending?.action === pendingOf(license)) &&
    candidates.some(
      ({ license: { place } }) =>
        place.on === 'ticket' || place.on === 'gone' || response['container'] === place.serial,
    )
  );
}

/** W1, R3, R4: neither final licenses nor replacements that are not yet available. */
export function matchesTicket(path: Path, code: string, response: unknown): boolean {
  const states = new Map((response as { id: string; state: string }[]).map(({ id, state }) => [id, state]));
  const known = new Set(path.flatMap((model) => [...model.licenses.keys()]));
  for (const id of states.keys()) if (!known.has(id)) return false;
  return [...known].every((id) => path.some((model) => states.get(id) === onTicket(model, id, code)));
}

/** The state on the ticket; `undefined` for a license that the ticket does not show. */
function onTicket(model: rules.Model, id: string, code: string): string | undefined {
  const license = model.licenses.get(id);
  if (license === undefined || license.ticket !== code) return undefined;
  const { place } = license;
  if (place.on === 'gone' || (place.on === 'ticket' && place.waitsFor !== undefined)) return undefined;
  return stateOf(model, license);
}
