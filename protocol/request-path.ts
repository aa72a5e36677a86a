/** Stands in a path for a parameter that is in the query under its own name. */
export const IN_QUERY = '-';

/** Characters that reach the server unchanged, whatever decodes the path on the way. */
const CAN_STAND_IN_PATH = /^[A-Za-z0-9_~.][A-Za-z0-9_~.-]*$/;

/**
 * The path of a request, such as `/orders/SO-1/history` of `/orders/{orderId}/history`. API Gateway decodes a path before it looks for
 * the route, and URL parsers remove `.` and `..`. So an id such as `2026/0815` goes into the query: `/orders/-/history?orderId=2026%2F0815`.
 *
 * @throws TypeError for a parameter that is missing or empty
 */
export function requestPath(
  template: string,
  params: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const search = new URLSearchParams();
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new TypeError(`The parameter ${name} of ${template} is missing.`);
    if (CAN_STAND_IN_PATH.test(value) && value !== '.' && value !== '..') return value;
    search.set(name, value);
    return IN_QUERY;
  });
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

interface Addressed {
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
}

/** Moves each parameter whose place in the path has `-` from the query to the others. Without it in the query, `-` is the value. */
export function withParamsOfQuery({ params, query }: Addressed): Addressed {
  const moved = Object.keys(params).filter((name) => params[name] === IN_QUERY && query[name] !== undefined);
  if (moved.length === 0) return { params, query };
  const isMoved = ([name]: readonly [string, unknown]): boolean => moved.includes(name);
  return {
    params: { ...params, ...Object.fromEntries(Object.entries(query).filter(isMoved)) },
    query: Object.fromEntries(Object.entries(query).filter((entry) => !isMoved(entry))),
  };
}
