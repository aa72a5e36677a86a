import { expect, test } from 'vitest';
import { areVendorKeys, readVendorKeys } from '../../../container/vendor-keys.ts';

const KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };

test.each([[''], ['k'.repeat(257)]])('a kid that does not have 1 to 256 characters is refused: %j', async (kid) => {
  await expect(readVendorKeys({ keys: [{ ...KEY, kid }] })).rejects.toMatchObject({ code: 'vendor-keys' });
  expect(areVendorKeys([{ ...KEY, kid }])).toBe(false);
  expect(areVendorKeys([{ ...KEY, kid: 'k'.repeat(256) }])).toBe(true);
});
