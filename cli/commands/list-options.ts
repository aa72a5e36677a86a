import type { ParsedArguments } from '../../terminal/command.ts';
import type { Limit } from '../output.ts';
import { parseWholeNumber } from '../parse-values.ts';

export const LIMIT_OPTION = {
  limit: { value: 'N', help: 'show at most N; default: 100 in a table, all with --json' },
} as const;

export function parseLimit(given: ParsedArguments<'limit'>): Limit {
  return { limit: parseWholeNumber('limit', given.text('limit')) };
}

const LARGEST_PAGE = 1000;

/** The page size for a limit: one item more shows whether there are more. */
export function pageSize({ limit }: Limit): { readonly limit: number } {
  return { limit: Math.min(limit === undefined ? LARGEST_PAGE : limit + 1, LARGEST_PAGE) };
}
