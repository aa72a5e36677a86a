/** The proven conditions, each with the test that noticed its removal. Written by `npm run mutate:conditions`. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
export const PROVEN_FILE = fileURLToPath(new URL('./proven.json', import.meta.url));

/** The folders that are searched for conditions. */
export const ROOTS = ['functions', 'protocol', 'container'];

export interface Proof {
  readonly condition: string;
  /** File and name of the test. */
  readonly noticedBy: string;
}

export function proofs(): Proof[] {
  return existsSync(PROVEN_FILE) ? (JSON.parse(readFileSync(PROVEN_FILE, 'utf8')) as Proof[]) : [];
}
