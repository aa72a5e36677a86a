import type { CONTAINERS } from '../../../contract/containers.ts';
import { defined } from '../../../domain/defined.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { hasHistory, pageOfContainerHistory } from '../../store/history-items.ts';
import { directionOf } from '../../store/queries.ts';
import { isKnown, loadContainer } from '../../use-cases/containers/container.ts';
import { nameContainer } from '../../use-cases/containers/name-container.ts';
import { pageOfAutoUpdates } from '../../use-cases/containers/page-of-auto-updates.ts';
import { pageOfContainers } from '../../use-cases/containers/page-of-containers.ts';
import { retireContainer } from '../../use-cases/containers/retire-container.ts';
import { FIRST_KEY_SET, findNewestKeySet, missingKeySets } from '../../use-cases/keys/newest-key-set.ts';
import { waitSeconds } from '../../use-cases/reprogramming/await-update.ts';
import { startReprogramming } from '../../use-cases/reprogramming/start-reprogramming.ts';
import { chainFrom } from '../../use-cases/reprogramming/update-chain.ts';
import { answer, type OperationsOf } from '../http/answer.ts';
import { vendorOf } from '../http/caller.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';
import { autoUpdate, containerSummary, viewContainer, viewPending } from '../views/license-view.ts';
import { answerReprogramming, keySetsView } from '../views/reprogramming-view.ts';

export const CONTAINER_OPERATIONS: OperationsOf<typeof CONTAINERS> = {
  async listContainers(request, dependencies) {
    return answerPage(
      'listContainers',
      request,
      (limit, cursor) => pageOfContainers(dependencies, request.query, limit, cursor),
      containerSummary,
    );
  },

  async getContainer({ params: { serial } }, dependencies) {
    const container = await loadContainer(dependencies, serial);
    return isKnown(container)
      ? answer(200, await viewContainer(dependencies, container))
      : refuse(noSuchContainer(serial));
  },

  async updateContainer({ params: { serial }, body, caller }, dependencies) {
    const named = await nameContainer(dependencies, vendorOf(caller), serial, body);
    if (named === 'unknown') return refuse(noSuchContainer(serial));
    return answer(200, await viewContainer(dependencies, await loadContainer(dependencies, serial)));
  },

  async getContainerHistory(request, dependencies) {
    const { serial } = request.params;
    const container = await loadContainer(dependencies, serial);
    // A container without a head can have events: its first context can have shown a divergence.
    if (!isKnown(container) && !(await hasHistory(dependencies, serial))) return refuse(noSuchContainer(serial));
    const names = defined({ containerName: container.head.name });
    const direction = directionOf(request.query.order);
    return answerPage(
      'getContainerHistory',
      request,
      (limit, cursor) => pageOfContainerHistory(dependencies, serial, limit, cursor, direction),
      (event) => ({ ...event, ...names }),
    );
  },

  async getContainerAutoUpdates({ params: { serial } }, dependencies) {
    const container = await loadContainer(dependencies, serial);
    if (!isKnown(container)) return refuse(noSuchContainer(serial));
    return answer(200, await viewPending(dependencies, container));
  },

  /** Every container with pending actions, by serial. */
  async listAutoUpdates(request, dependencies) {
    return answerPage(
      'listAutoUpdates',
      request,
      (limit, cursor) => pageOfAutoUpdates(dependencies, limit, cursor),
      ({ container, head: { name, lastContactAt }, pending }) => ({
        container,
        ...defined({ name, lastContactAt }),
        pending: pending.map(autoUpdate),
      }),
    );
  },

  /** P1: executes the pending actions without a context. */
  async pushReprogramming({ params: { serial }, headers }, dependencies) {
    const container = await loadContainer(dependencies, serial);
    if (!isKnown(container)) return refuse(noSuchContainer(serial));
    if ((await findNewestKeySet(dependencies)) === undefined) return refuse({ code: 'no-key-set' });
    const { result, waitedSeconds } = await startReprogramming(dependencies, {
      container,
      activate: [],
      deactivate: [],
      request: '',
      from: container.head.confirmed.counter,
      keys: FIRST_KEY_SET,
      actor: 'vendor',
      preview: false,
      waitSeconds: waitSeconds(headers.prefer),
    });
    return answerReprogramming(result, { waitedSeconds, keySets: await missingKeySets(dependencies, FIRST_KEY_SET) });
  },

  async getUpdates({ params: { serial }, query }, dependencies) {
    const container = await loadContainer(dependencies, serial);
    if (!isKnown(container)) return refuse(noSuchContainer(serial));
    if (container.head.status !== 'active') return refuse({ code: 'container-retired', container: serial });
    const from = query.from ?? container.head.confirmed.counter;
    const { updates, more } = await chainFrom(dependencies, serial, from, container.head.issued.counter);
    const next = `</containers/${serial}/updates?from=${from + updates.length}>; rel="next"`;
    const keySets = keySetsView(await missingKeySets(dependencies, FIRST_KEY_SET));
    return answer(200, { ...keySets, updates }, more === undefined ? {} : { link: next });
  },

  async retireContainer({ params: { serial }, body, caller }, dependencies) {
    const retired = await retireContainer(dependencies, vendorOf(caller), serial, body);
    if (retired.kind === 'refused') return refuse(retired.refusal);
    return answer(200, await viewContainer(dependencies, await loadContainer(dependencies, serial)));
  },
};

function noSuchContainer(serial: string): Refusal {
  return { code: 'not-found', explanation: `There is no container ${serial}.` };
}
