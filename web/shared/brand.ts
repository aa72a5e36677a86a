import brand from '../brand/brand.json' with { type: 'json' };

/** The columns that the overview of a ticket can show. */
export const COLUMNS = ['product', 'state', 'until', 'id', 'features'] as const;
export type Column = (typeof COLUMNS)[number];

/** What a deployment sets in `web/brand/brand.json`. */
export const BRAND = {
  name: brand.name,
  logo: brand.logo,
  /** Where customers ask questions: a mail address or a telephone number; empty if there is none. */
  support: brand.support,
  columns: COLUMNS.filter((column) => brand.columns.includes(column)),
};
