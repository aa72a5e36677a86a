/** Finds the route of a request. Rules: "Routes for HTTP APIs", Amazon API Gateway Developer Guide. */
import type { Route } from '../cdk/read-template.ts';

export interface RouteMatch {
  readonly routeKey: string;
  readonly function: Route['function'];
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** `path` is decoded. */
export type FindRoute = (method: string, path: string) => RouteMatch | 'not-found';

/**
 * The path as API Gateway reads it: decoded before it is split into segments, so that `%2F` separates them. What follows a
 * question mark is lost. `undefined`: the percent-encoding is invalid.
 */
export function decodedPath(rawPath: string): string | undefined {
  try {
    return decodeURIComponent(rawPath).split('?', 1)[0];
  } catch {
    return undefined;
  }
}

/**
 * The most specific route wins: literal segments before variables, variables before a greedy one (`{proxy+}`), a method
 * before `ANY`, and `$default` last.
 */
export function createRouteTable(routes: readonly Route[]): FindRoute {
  const candidates = routes
    .filter(({ method }) => method !== undefined)
    .map((route) => ({ route, segments: segmentsOf(route.path) }))
    .sort((a, b) => compare(rank(a.segments), rank(b.segments)) || anyLast(a.route) - anyLast(b.route));
  const fallback = routes.find(({ method }) => method === undefined);

  return (method, path) => {
    const given = segmentsOf(path);
    for (const { route, segments } of candidates) {
      if (route.method !== 'ANY' && route.method !== method) continue;
      const pathParameters = match(segments, given);
      if (pathParameters !== undefined) return { routeKey: route.routeKey, function: route.function, pathParameters };
    }
    return fallback === undefined
      ? 'not-found'
      : { routeKey: fallback.routeKey, function: fallback.function, pathParameters: {} };
  };
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

const VARIABLE = /^\{([\w.:-]+)(\+?)\}$/;

function match(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const found: [string, string][] = [];
  for (const [index, segment] of segments.entries()) {
    const [, name, greedy] = VARIABLE.exec(segment) ?? [];
    const value = given[index];
    if (value === undefined) return undefined;
    if (name === undefined) {
      if (segment !== value) return undefined;
      continue;
    }
    if (greedy === '+') {
      const rest = given.slice(index).join('/');
      return rest === '' ? undefined : Object.fromEntries([...found, [name, rest]]);
    }
    // A variable does not match an empty segment, so `/orders/` does not match `/orders/{order}`.
    if (value === '') return undefined;
    found.push([name, value]);
  }
  return segments.length === given.length ? Object.fromEntries(found) : undefined;
}

/** One digit per segment: a smaller digit is more specific. */
function rank(segments: readonly string[]): string {
  return segments.map((segment) => (segment.endsWith('+}') ? '2' : VARIABLE.test(segment) ? '1' : '0')).join('');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function anyLast({ method }: Route): number {
  return method === 'ANY' ? 1 : 0;
}
