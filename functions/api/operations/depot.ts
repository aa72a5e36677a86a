import { DEPOT } from '../../../contract/depot.ts';
import type { RequestOf } from '../../../contract/endpoint.ts';
import { isOnTicket } from '../../../domain/license.ts';
import { ticketKey } from '../../store/keys.ts';
import { licensesOfTicket } from '../../store/license-item.ts';
import { getItem } from '../../store/queries.ts';
import { loadPending } from '../../use-cases/containers/container-contents.ts';
import { recordQuietContact } from '../../use-cases/containers/last-contact.ts';
import { loadStates } from '../../use-cases/licenses/license-states.ts';
import { waitForUpdate, waitSeconds } from '../../use-cases/reprogramming/await-update.ts';
import { progressOf, resultOfProgress } from '../../use-cases/reprogramming/reprogramming-progress.ts';
import { requestDigest } from '../../use-cases/reprogramming/request-digest.ts';
import { startReprogramming } from '../../use-cases/reprogramming/start-reprogramming.ts';
import { acceptContext } from '../../use-cases/reprogramming/verify-context.ts';
import { answer, type OperationsOf } from '../http/answer.ts';
import { refuse } from '../http/problem.ts';
import { createRoutes } from '../route.ts';
import { autoUpdate, depotLicense } from '../views/license-view.ts';
import { answerReprogramming } from '../views/reprogramming-view.ts';

/** The endpoints of the user, who has no account: the ticket code and the container's signature are the proof. */
const DEPOT_OPERATIONS: OperationsOf<typeof DEPOT> = {
  async getTicket({ params: { code } }, dependencies) {
    if ((await getItem(dependencies, ticketKey(code))) === undefined) {
      return refuse({ code: 'not-found', explanation: 'There is no ticket with this code.' });
    }
    const licenses = (await licensesOfTicket(dependencies, code)).filter((license) => isOnTicket(license.standing));
    const stateOf = await loadStates(dependencies, licenses);
    return answer(200, { code, licenses: licenses.map((license) => depotLicense(license, stateOf(license))) });
  },

  async createReprogramming({ body, headers }, dependencies) {
    const settled = await acceptContext(dependencies, body.context);
    if (settled.kind === 'refused') return refuse(settled.refusal);
    const activate = distinctActivations(body.activate ?? []);
    const deactivate = [...new Set(body.deactivate ?? [])];
    const { result, waitedSeconds } = await startReprogramming(dependencies, {
      container: settled.container,
      activate,
      deactivate,
      request: requestDigest(settled.context.jti, activate, deactivate),
      from: settled.context.counter,
      actor: 'user',
      preview: body.preview ?? false,
      waitSeconds: waitSeconds(headers.prefer),
    });
    return answerReprogramming(result, waitedSeconds);
  },

  async getReprogramming({ params: { id }, headers }, dependencies) {
    const seconds = waitSeconds(headers.prefer);
    const progress =
      seconds === undefined ? await progressOf(dependencies, id) : await waitForUpdate(dependencies, id, seconds);
    if (progress.kind === 'unknown') {
      return refuse({ code: 'not-found', explanation: 'There is no such reprogramming.' });
    }
    const response = answerReprogramming(await resultOfProgress(dependencies, id, progress), seconds);
    // The reprogramming exists, even if it is only planned.
    return response.status === 202 ? { ...response, status: 200 } : response;
  },

  async createReceipt({ body }, dependencies) {
    const settled = await acceptContext(dependencies, body.context);
    if (settled.kind === 'refused') return refuse(settled.refusal);
    const { serial, counter } = settled.context;
    // A repeated receipt has written nothing.
    await recordQuietContact(dependencies, settled.container.head);
    return answer(200, { status: 'confirmed', container: serial, counter });
  },

  async findAutoUpdates({ body }, dependencies) {
    const settled = await acceptContext(dependencies, body.context);
    if (settled.kind === 'refused') return refuse(settled.refusal);
    await recordQuietContact(dependencies, settled.container.head);
    return answer(200, { items: (await loadPending(dependencies, settled.container)).map(autoUpdate) });
  },
};

export const DEPOT_ROUTES = createRoutes(DEPOT, DEPOT_OPERATIONS);

type Activations = NonNullable<RequestOf<(typeof DEPOT)['createReprogramming']>['body']['activate']>;

function distinctActivations(activations: Activations): Activations {
  return [...new Map(activations.map((one) => [one.license, one])).values()];
}
