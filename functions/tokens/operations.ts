import { answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';
import { hashToken } from './hash-token.ts';
import { newToken, storeToken } from './store-token.ts';
import { pageOfTokens, revoke, tokenId, tokenView } from './token-item.ts';

export const TOKEN_OPERATIONS: Operations<'createToken' | 'listTokens' | 'revokeToken'> = {
  /** The one answer that shows the token. */
  async createToken({ body }, runtime) {
    const token = newToken(runtime.random);
    const { name, scopes, expiresAt } = body;
    await storeToken(runtime, { token, name, scopes, ...(expiresAt === undefined ? {} : { expiresAt }) });
    const id = tokenId(hashToken(token));
    return answer(201, { id, token, name, scopes, ...(expiresAt === undefined ? {} : { expiresAt }) });
  },

  async listTokens({ query }, runtime) {
    return answerPage(query, (limit, cursor) => pageOfTokens(runtime, limit, cursor), tokenView);
  },

  async revokeToken({ params: { id } }, runtime) {
    if (await revoke(runtime, id)) return answer(200, { status: 'revoked' });
    return refuse({ code: 'not-found', explanation: `There is no token ${id}.` });
  },
};
