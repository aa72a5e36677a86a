import { answer, type Operations } from '../http/answer.ts';
import { openApi } from './open-api.ts';

const DAY_SECONDS = 86_400;

/** What anybody may ask. */
export const PUBLIC: Operations<'getJwks' | 'getOpenApi'> = {
  async getJwks(_, runtime) {
    const keys = await runtime.signer.publicKeys();
    return answer(200, { keys }, { 'cache-control': `public, max-age=${DAY_SECONDS / 24}` });
  },

  async getOpenApi() {
    return answer(200, openApi());
  },
};
