import type { Refusal } from '../../domain/refusal.ts';
import { answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';
import { chainFrom } from '../reprogrammings/chain.ts';
import { startReprogramming } from '../reprogrammings/start-reprogramming.ts';
import { waitSeconds } from '../reprogrammings/wait.ts';
import { retireContainer } from '../retirement/retire-container.ts';
import { autoUpdate, containerSummary, containerView } from '../schemas/views.ts';
import { pageOfContainerHistory } from '../table/history-items.ts';
import { historyIndex } from '../table/keys.ts';
import { queryIndex } from '../table/read.ts';
import { isKnown, loadContainer, remainingPending } from './container.ts';
import { pageOfAutoUpdates } from './page-of-auto-updates.ts';
import { pageOfContainers } from './page-of-containers.ts';

type Name =
  | 'listContainers'
  | 'getContainer'
  | 'getContainerHistory'
  | 'getContainerAutoUpdates'
  | 'listAutoUpdates'
  | 'pushReprogramming'
  | 'getUpdates'
  | 'retireContainer';

export const CONTAINER_OPERATIONS: Operations<Name> = {
  /** By their last contact, the newest first unless asked otherwise. */
  async listContainers(request, runtime) {
    return answerPage(
      'listContainers',
      request,
      (limit, cursor) => pageOfContainers(runtime, request.query, limit, cursor),
      containerSummary,
    );
  },

  async getContainer({ params: { serial } }, runtime) {
    const container = await loadContainer(runtime, serial);
    return isKnown(container) ? answer(200, containerView(container)) : refuse(noSuchContainer(serial));
  },

  async getContainerHistory(request, runtime) {
    const { serial } = request.params;
    const container = await loadContainer(runtime, serial);
    // A container that was never reprogrammed may still have come with a context that told of a divergence.
    if (!isKnown(container) && (await queryIndex(runtime, historyIndex(serial), 1, undefined)).items.length === 0) {
      return refuse(noSuchContainer(serial));
    }
    return answerPage(
      'getContainerHistory',
      request,
      (limit, cursor) => pageOfContainerHistory(runtime, serial, limit, cursor),
      (event) => event,
    );
  },

  async getContainerAutoUpdates({ params: { serial } }, runtime) {
    const container = await loadContainer(runtime, serial);
    if (!isKnown(container)) return refuse(noSuchContainer(serial));
    return answer(200, { items: remainingPending(container).map(autoUpdate) });
  },

  /** Every container with pending actions, by serial. */
  async listAutoUpdates(request, runtime) {
    return answerPage(
      'listAutoUpdates',
      request,
      (limit, cursor) => pageOfAutoUpdates(runtime, limit, cursor),
      ({ container, pending }) => ({ container, pending: pending.map(autoUpdate) }),
    );
  },

  /** P1: the pending actions without any context; the update reaches the container by any way. */
  async pushReprogramming({ params: { serial }, headers }, runtime) {
    const container = await loadContainer(runtime, serial);
    if (!isKnown(container)) return refuse(noSuchContainer(serial));
    return startReprogramming(runtime, {
      container,
      activate: [],
      deactivate: [],
      request: '',
      from: container.head.confirmed.counter,
      actor: 'vendor',
      preview: false,
      waitSeconds: waitSeconds(headers.prefer),
    });
  },

  async getUpdates({ params: { serial }, query }, runtime) {
    const container = await loadContainer(runtime, serial);
    if (!isKnown(container)) return refuse(noSuchContainer(serial));
    if (container.head.status !== 'active') return refuse({ code: 'container-retired', container: serial });
    const from = query.from ?? container.head.confirmed.counter;
    const { updates, more } = await chainFrom(runtime, serial, from, container.head.issued.counter);
    // Beside the file and not in it: a container takes a file that has updates and nothing else.
    const next = `</containers/${serial}/updates?from=${from + updates.length}>; rel="next"`;
    return answer(200, { updates }, more === undefined ? {} : { link: next });
  },

  async retireContainer({ params: { serial }, body }, runtime) {
    const retired = await retireContainer(runtime, serial, body);
    if (retired.kind === 'refused') return refuse(retired.refusal);
    return answer(200, containerView(await loadContainer(runtime, serial)));
  },
};

function noSuchContainer(serial: string): Refusal {
  return { code: 'not-found', explanation: `No container ${serial} has been seen.` };
}
