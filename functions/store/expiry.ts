import type { Dependencies } from '../dependencies.ts';

/** The `expiresAtSeconds` of an item that is kept for so many seconds from now: seconds since 1970. */
export function expiryAfter(dependencies: Pick<Dependencies, 'now'>, seconds: number): number {
  return Math.floor(dependencies.now().getTime() / 1000) + seconds;
}
