import { KEYS } from '../../../contract/keys.ts';
import { ALGORITHM } from '../../../protocol/index.ts';
import { findNewestKeySet } from '../../use-cases/keys/newest-key-set.ts';
import { answer, type OperationsOf } from '../http/answer.ts';
import { refuse } from '../http/problem.ts';
import { createRoutes } from '../route.ts';

/** A rotated key must reach new containers within minutes. */
const HEADERS = { 'cache-control': 'public, max-age=60' };

const KEYS_OPERATIONS: OperationsOf<typeof KEYS> = {
  async getJwks(_, dependencies) {
    const newest = await findNewestKeySet(dependencies);
    if (newest === undefined) return refuse({ code: 'no-key-set' });
    const keys = newest.update.map((key) => ({ ...key, alg: ALGORITHM, use: 'sig' as const }));
    return answer(200, { keys }, HEADERS);
  },

  async getKeySets(_, dependencies) {
    const keySets = await dependencies.keySets.all();
    if (keySets.length === 0) return refuse({ code: 'no-key-set' });
    return answer(200, { keySets: keySets.map(({ signed }) => signed) }, HEADERS);
  },
};

export const KEYS_ROUTES = createRoutes(KEYS, KEYS_OPERATIONS);
