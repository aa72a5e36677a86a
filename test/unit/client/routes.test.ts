import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientRoutes, FILE } from '../../../scripts/client-routes.ts';

test('client/routes.ts lists the endpoints of the contract: npm run client-routes writes it', () => {
  expect(readFileSync(FILE, 'utf8')).toBe(clientRoutes());
});
