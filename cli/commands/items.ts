import { defined } from '../../protocol/defined.ts';
import { escapeForTerminal } from '../../terminal/text.ts';
import { UsageError } from '../../terminal/usage-error.ts';
import type { Terms } from './terms-options.ts';

interface Item {
  readonly product: string;
  readonly quantity?: number | undefined;
}

/** Parses items: `cad:2` is two units of cad. All items get the same terms. @throws UsageError */
export function parseItems(
  texts: readonly string[],
  terms: Terms | undefined,
  crit?: string[] | undefined,
): { product: string; quantity?: number; terms?: Terms; crit?: string[] }[] {
  return texts.map((text) => {
    const [, product, units] = /^([^:]+)(?::([1-9][0-9]{0,8}))?$/.exec(text) ?? [];
    if (product === undefined)
      throw new UsageError(
        `Invalid item: ${escapeForTerminal(text)}. Give a product and its units, such as cad or cad:2.`,
      );
    return defined({ product, quantity: units === undefined ? undefined : Number(units), terms, crit });
  });
}

export function formatItems(items: readonly Item[]): string {
  return items.map(({ product, quantity = 1 }) => (quantity === 1 ? product : `${product} × ${quantity}`)).join(', ');
}
