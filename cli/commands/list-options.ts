import type { ParsedArguments } from '../../terminal/command.ts';
import type { Limit } from '../output.ts';
import { parseWholeNumber } from '../parse-values.ts';

export const LIMIT_OPTION = {
  limit: { value: 'N', help: 'show at most N; default: 100 in a table, all with --json' },
} as const;

export const LIST_ORDERS = ['newest', 'oldest'] as const;
export type ListOrder = (typeof LIST_ORDERS)[number];

/** The options of a list that is sorted by time. */
export const SORTED_OPTIONS = {
  order: { value: 'END', help: 'which end comes first; default: newest', choices: LIST_ORDERS },
  ...LIMIT_OPTION,
} as const;

/** The order of a list. People look for what happened last, so it is the newest first by default. */
export function parseOrder(given: ParsedArguments<'order'>): ListOrder {
  return listOrderOf(given.text('order'));
}

export function listOrderOf(text: string | undefined): ListOrder {
  return LIST_ORDERS.find((order) => order === text) ?? 'newest';
}

export function parseLimit(given: ParsedArguments<'limit'>): Limit {
  return { limit: parseWholeNumber('limit', given.text('limit')) };
}

const LARGEST_PAGE = 1000;

/** The page size for a limit: one item more shows whether there are more. */
export function pageSize({ limit }: Limit): { readonly limit: number } {
  return { limit: Math.min(limit === undefined ? LARGEST_PAGE : limit + 1, LARGEST_PAGE) };
}
