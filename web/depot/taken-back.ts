import type { Answer } from '../../client/index.ts';
import { useStored } from '../shared/stored.ts';

type Action = Answer<'findAutoUpdates'>['items'][number];

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
export function remember(actions: readonly Action[]): void {
  if (actions.length === 0) return;
  const at = new Date().toISOString();
  const added = actions.map(({ license, product, reason }) => ({
    license,
    at,
    ...(product === undefined ? {} : { product }),
    ...(reason === undefined ? {} : { reason }),
  }));
  const kept = readList().filter(({ license }) => !added.some((one) => one.license === license));
  localStorage.setItem(KEY, JSON.stringify([...added, ...kept].slice(0, MOST)));
}

function readList(): readonly TakenBack[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return isList(value) ? value : [];
  } catch {
    return [];
  }
}
