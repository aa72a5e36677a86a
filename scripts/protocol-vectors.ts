/**
 * Makes the test vectors of the container protocol from fixed seeds, so that the files have the same bytes every time.
 * `scripts/make-vectors.ts` writes them to `test/vectors/`; a test makes them again and compares.
 */
import { checkVectors } from './vectors/checks.ts';
import { contentCases, licenseCases } from './vectors/contents.ts';
import { contextVectors } from './vectors/contexts.ts';
import { CANONICAL_CASES, JSON_CASES } from './vectors/json.ts';
import { draft, keySetCases, signSet } from './vectors/key-sets.ts';
import { leaseVectors } from './vectors/leases.ts';
import { named, testKey } from './vectors/signing.ts';
import { updateFileVectors } from './vectors/update-files.ts';
import { updateVectors } from './vectors/updates.ts';

const WARNING = 'TEST KEYS ONLY: they are public. Never trust or use a key of this file anywhere else.';

export type Vectors = Awaited<ReturnType<typeof makeVectors>>;

export async function makeVectors() {
  const keys = {
    container: await testKey('container'),
    otherContainer: await testKey('other container'),
    root: await testKey('root'),
    secondRoot: await testKey('second root'),
    otherRoot: await testKey('other root'),
    vendor: await testKey('vendor'),
    nextVendor: await testKey('next vendor'),
    otherVendor: await testKey('other vendor'),
  };
  const keySet = signSet(draft({ version: 1, root: [named(keys.root)], update: [named(keys.vendor)] }), [keys.root]);
  return {
    'keys.json': { warning: WARNING, keys },
    'json.json': JSON_CASES,
    'canonical-json.json': { cases: CANONICAL_CASES },
    'content.json': { cases: await contentCases() },
    'license.json': { cases: licenseCases() },
    'context.json': await contextVectors(keys.container, keys.otherContainer),
    'update.json': await updateVectors(keys, keySet),
    'key-set.json': {
      cases: keySetCases([keys.root, keys.secondRoot, keys.otherRoot], [keys.vendor, keys.nextVendor]),
    },
    'lease.json': await leaseVectors(keys, keySet),
    'update-file.json': await updateFileVectors(keys),
    'check.json': await checkVectors(keys),
  };
}
