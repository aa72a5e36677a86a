import type { ParsedArguments } from '../command.ts';
import { wholeNumber } from '../numbers-and-times.ts';
import type { Limit } from '../output.ts';

export const LIMIT_OPTION = {
  limit: { value: 'N', help: 'at most so many; tables show 100 unless told otherwise, --json all' },
} as const;

export function limitOf(given: ParsedArguments<'limit'>): Limit {
  return { limit: wholeNumber('limit', given.text('limit')) };
}

const LARGEST_PAGE = 1000;

/** How many to ask for at once: no more than are wanted, and one to see whether there are more. */
export function pageSize({ limit }: Limit): { readonly limit: number } {
  return { limit: Math.min(limit === undefined ? LARGEST_PAGE : limit + 1, LARGEST_PAGE) };
}
