/** Origins whose pages may read answers of the depot and the public endpoints: `*` for all pages, or a list. */
export type CorsOrigins = '*' | readonly string[];

/**
 * The origins in a setting such as `https://shop.example.com, https://www.example.com`, or `*`; `undefined` without a setting.
 * @param name of the setting, for the message
 * @throws Error that names the setting and the value that is not an origin
 */
export function parseCorsOrigins(text: string | undefined, name = 'CORS_ORIGINS'): CorsOrigins | undefined {
  if (text === undefined) return undefined;
  const origins = text.split(/[\s,]+/).filter((origin) => origin !== '');
  if (origins.length === 0) return undefined;
  if (origins.length === 1 && origins[0] === '*') return '*';
  for (const origin of origins) {
    if (!isOrigin(origin)) {
      throw new Error(
        `${name} must be * or a list of origins such as https://shop.example.com, without a path; got "${origin}".`,
      );
    }
  }
  return [...new Set(origins)];
}

/** An http or https origin as a browser writes it in `Origin`: scheme, host, and a port other than the default one. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  return url.origin === text && !text.includes('*');
}
