import { expect, test } from 'vitest';
import { readRoutes } from '../../../cdk/read-template.ts';
import { synthesize } from '../../../cdk/synthesize.ts';
import { ENDPOINTS } from '../../../functions/endpoints.ts';

const routes = readRoutes(synthesize({ bundle: false }));

test('every endpoint has exactly one route, to its own function, and there is no other route but $default', () => {
  const expected = ENDPOINTS.map(({ method, path, function: name }) => ({
    method,
    path,
    routeKey: `${method} ${path}`,
    function: name,
  }));
  expect(routes.filter(({ routeKey }) => routeKey !== '$default')).toEqual(expected);
});

test('whatever no route takes goes to the public function', () => {
  expect(routes.filter(({ method }) => method === undefined)).toEqual([
    { method: undefined, path: '$default', routeKey: '$default', function: 'public' },
  ]);
});
