import { type Answer, answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';
import { commit, putNew } from '../table/commit.ts';
import { tokenKey } from '../table/keys.ts';
import type { Caller } from './caller.ts';
import { refuseGrant, refuseLimit } from './grant.ts';
import { hashToken } from './hash-token.ts';
import { newToken } from './store-token.ts';
import {
  changeToken,
  findToken,
  getToken,
  pageOfTokens,
  revoke,
  type StoredToken,
  tokenItemOf,
  tokenView,
} from './token-item.ts';

export const TOKEN_OPERATIONS: Operations<'createToken' | 'listTokens' | 'getToken' | 'putToken' | 'revokeToken'> = {
  /** The one answer that shows the token. */
  async createToken({ body, caller, run }, runtime) {
    const maker = known(caller);
    const refused = refuseGrant(maker, body);
    if (refused !== undefined) return refused;
    const token = newToken((length) => run.draw('token', length));
    const hash = hashToken(token);
    const { name, scopes, expiresAt, requestsPerMinute } = body;
    const fresh: StoredToken = {
      hash,
      name,
      scopes,
      createdBy: maker.author,
      createdAt: runtime.now().toISOString(),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    };
    const made = await commit(runtime, [putNew(runtime, tokenKey(hash), tokenItemOf(fresh))]);
    // Drawn before: this is the token of an earlier run of the same request.
    const stored = made === 'committed' ? fresh : ((await getToken(runtime, hash)) ?? fresh);
    return answer(201, { ...tokenView(stored), token });
  },

  async listTokens(request, runtime) {
    return answerPage('listTokens', request, (limit, cursor) => pageOfTokens(runtime, limit, cursor), tokenView);
  },

  async getToken({ params: { id } }, runtime) {
    return shown(id, await findToken(runtime, id));
  },

  /** Another name and limit; what a token may do is settled when it is made. A limit that is left out is taken away. */
  async putToken({ params: { id }, body, caller }, runtime) {
    const refused = refuseLimit(known(caller), body.requestsPerMinute);
    if (refused !== undefined) return refused;
    const token = await findToken(runtime, id);
    const { name, requestsPerMinute } = body;
    const change = requestsPerMinute === undefined ? { name } : { name, requestsPerMinute };
    if (token === undefined || !(await changeToken(runtime, token, change))) return noSuchToken(id);
    return shown(id, await getToken(runtime, token.hash));
  },

  async revokeToken({ params: { id } }, runtime) {
    const token = await findToken(runtime, id);
    if (token === undefined) return noSuchToken(id);
    await revoke(runtime, token);
    return answer(200, { status: 'revoked' });
  },
};

function known(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new Error('An endpoint with a scope was reached by nobody');
  return caller;
}

function shown(id: string, token: StoredToken | undefined): Answer {
  return token === undefined ? noSuchToken(id) : answer(200, tokenView(token));
}

function noSuchToken(id: string): Answer {
  return refuse({ code: 'not-found', explanation: `There is no token ${id}.` });
}
