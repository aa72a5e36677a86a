import { readStored, useStored, writeStored } from '../shared/stored.ts';
import type { VendorActions } from './action-list.tsx';

/** A license that the vendor took back from the container in this browser. */
export interface TakenBack {
  readonly license: string;
  readonly product?: string;
  readonly reason?: string;
  /** RFC 3339. */
  readonly at: string;
}

const KEY = 'taken-back';
const MOST = 50;

const isList = (value: unknown): value is readonly TakenBack[] =>
  Array.isArray(value) && value.every((one) => typeof one?.license === 'string' && typeof one?.at === 'string');

export function useTakenBack(): readonly TakenBack[] {
  return useStored<readonly TakenBack[]>(KEY, [], isList)[0];
}

/** Only the container that proved itself gets the reasons, so this browser keeps them. */
export function remember(actions: VendorActions): void {
  if (actions.length === 0) return;
  const at = new Date().toISOString();
  const added = actions.map(({ license, product, reason }) => ({
    license,
    at,
    ...(product === undefined ? {} : { product }),
    ...(reason === undefined ? {} : { reason }),
  }));
  const kept = readStored<readonly TakenBack[]>(KEY, [], isList).filter(
    ({ license }) => !added.some((one) => one.license === license),
  );
  writeStored(KEY, [...added, ...kept].slice(0, MOST));
}
