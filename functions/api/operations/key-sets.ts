import { formatKeySetFault } from '../../../contract/key-set-fault-messages.ts';
import type { KEY_SETS } from '../../../contract/key-sets.ts';
import { getKeySet, type PublishedKeySet, pageOfKeySets } from '../../store/key-set-item.ts';
import { publishKeySet } from '../../use-cases/keys/publish-key-set.ts';
import { answer, type OperationsOf } from '../http/answer.ts';
import { vendorOf } from '../http/caller.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';

export const KEY_SET_OPERATIONS: OperationsOf<typeof KEY_SETS> = {
  async publishKeySet({ body, caller }, dependencies) {
    const result = await publishKeySet(dependencies, vendorOf(caller), body);
    if (result.kind === 'refused') {
      const { fault } = result;
      return refuse({ code: 'key-set-refused', fault, explanation: formatKeySetFault(fault) });
    }
    const view = keySetView(await getKeySet(dependencies, result.version));
    return answer(result.kind === 'published' ? 201 : 200, view);
  },

  async listKeySets(request, dependencies) {
    return answerPage(
      'listKeySets',
      request,
      (limit, cursor) => pageOfKeySets(dependencies, limit, cursor),
      keySetView,
    );
  },
};

function keySetView({ keySet, ...published }: PublishedKeySet): object {
  const { version, iss, iat, root, update, signed } = keySet;
  return { version, iss, iat, root, update, jws: signed.jws, ...published };
}
