import type { TOKENS } from '../../../contract/tokens.ts';
import { tokenKey } from '../../store/keys.ts';
import { newToken } from '../../store/store-token.ts';
import {
  changeToken,
  findToken,
  getToken,
  hashToken,
  pageOfTokens,
  revokeToken,
  type StoredToken,
  tokenItemOf,
  tokenView,
} from '../../store/token-item.ts';
import { commit, putNew } from '../../store/transactions.ts';
import { refuseGrant, refuseLimit } from '../authentication/grant.ts';
import { type Answer, answer, type OperationsOf } from '../http/answer.ts';
import type { Caller } from '../http/caller.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';

export const TOKEN_OPERATIONS: OperationsOf<typeof TOKENS> = {
  /** Only this answer shows the token. */
  async createToken({ body, caller, attempt }, dependencies) {
    const creator = required(caller);
    const refused = refuseGrant(creator, body);
    if (refused !== undefined) return refused;
    const token = newToken((length) => attempt.deriveBytes('token', length));
    const hash = hashToken(token);
    const { name, scopes, expiresAt, requestsPerMinute } = body;
    const fresh: StoredToken = {
      hash,
      name,
      scopes,
      createdBy: creator.author,
      createdAt: dependencies.now().toISOString(),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    };
    const made = await commit(dependencies, [putNew(dependencies, tokenKey(hash), tokenItemOf(fresh))]);
    // If the write was refused, an earlier attempt of the same request created this token.
    const stored = made === 'committed' ? fresh : ((await getToken(dependencies, hash)) ?? fresh);
    return answer(201, { ...tokenView(stored), token });
  },

  async listTokens(request, dependencies) {
    return answerPage('listTokens', request, (limit, cursor) => pageOfTokens(dependencies, limit, cursor), tokenView);
  },

  async getToken({ params: { id } }, dependencies) {
    return answerToken(id, await findToken(dependencies, id));
  },

  /** Changes the name and the limit; a token's scopes never change. An absent limit is removed. */
  async putToken({ params: { id }, body, caller }, dependencies) {
    const refused = refuseLimit(required(caller), body.requestsPerMinute);
    if (refused !== undefined) return refused;
    const token = await findToken(dependencies, id);
    const { name, requestsPerMinute } = body;
    const change = requestsPerMinute === undefined ? { name } : { name, requestsPerMinute };
    if (token === undefined || !(await changeToken(dependencies, token, change))) return noSuchToken(id);
    return answerToken(id, await getToken(dependencies, token.hash));
  },

  async revokeToken({ params: { id } }, dependencies) {
    const token = await findToken(dependencies, id);
    if (token === undefined) return noSuchToken(id);
    await revokeToken(dependencies, token);
    return answer(200, { status: 'revoked' });
  },
};

function required(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new Error('Bug: an endpoint with a scope was called without a caller');
  return caller;
}

function answerToken(id: string, token: StoredToken | undefined): Answer {
  return token === undefined ? noSuchToken(id) : answer(200, tokenView(token));
}

function noSuchToken(id: string): Answer {
  return refuse({ code: 'not-found', explanation: `There is no token ${id}.` });
}
