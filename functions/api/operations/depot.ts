import { DEPOT } from '../../../contract/depot.ts';
import type { RequestOf } from '../../../contract/endpoint.ts';
import { defined } from '../../../domain/defined.ts';
import { isOnTicket } from '../../../domain/license.ts';
import { parseTicketCode } from '../../../domain/ticket-code.ts';
import { ticketKey } from '../../store/keys.ts';
import { licensesOfTicket } from '../../store/license-item.ts';
import { getItem } from '../../store/queries.ts';
import { type Container, remainingPending } from '../../use-cases/containers/container.ts';
import { loadPending } from '../../use-cases/containers/container-contents.ts';
import { recordQuietContact } from '../../use-cases/containers/last-contact.ts';
import { FIRST_KEY_SET, missingKeySets } from '../../use-cases/keys/newest-key-set.ts';
import { loadStates } from '../../use-cases/licenses/license-states.ts';
import { waitForUpdate, waitSeconds } from '../../use-cases/reprogramming/await-update.ts';
import { leaseFor, rememberContext } from '../../use-cases/reprogramming/give-lease.ts';
import {
  progressOf,
  type ReprogrammingProgress,
  resultOfProgress,
} from '../../use-cases/reprogramming/reprogramming-progress.ts';
import { requestDigest } from '../../use-cases/reprogramming/request-digest.ts';
import { startReprogramming } from '../../use-cases/reprogramming/start-reprogramming.ts';
import { acceptContext } from '../../use-cases/reprogramming/verify-context.ts';
import { answer, type OperationsOf } from '../http/answer.ts';
import { refuse } from '../http/problem.ts';
import { createRoutes, type Routes } from '../route.ts';
import { autoUpdate, depotLicense } from '../views/license-view.ts';
import { answerReprogramming, keySetsView } from '../views/reprogramming-view.ts';
import { KEYS_ROUTES } from './keys.ts';

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
    const { context: text, activate: typed = [], deactivate: named = [], preview = false } = body;
    const accepted = await acceptContext(dependencies, text, { activate: typed, deactivate: named });
    if (accepted.kind === 'refused') return refuse(accepted.refusal);
    const { context } = accepted;
    const activate = distinctActivations(typed);
    const deactivate = [...new Set(named)];
    const wantsNothing = activate.length + deactivate.length === 0;
    // Written now and not after the reprogramming, which takes longer. Otherwise it can be one write with the lease.
    const isLeaseAnswer = !preview && wantsNothing && needsNothing(accepted.container);
    const container = isLeaseAnswer ? accepted.container : await rememberContext(dependencies, accepted);
    const { result, waitedSeconds } = await startReprogramming(dependencies, {
      container,
      activate,
      deactivate,
      request: requestDigest(context.jti, activate, deactivate),
      from: context.counter,
      keys: context.keys,
      actor: 'user',
      preview,
      waitSeconds: waitSeconds(headers.prefer),
    });
    return answerReprogramming(result, {
      waitedSeconds,
      keySets: await missingKeySets(dependencies, context.keys),
      lease:
        result.kind === 'unchanged'
          ? await leaseFor(dependencies, { ...accepted, container }, wantsNothing)
          : undefined,
      late: accepted.late,
    });
  },

  async getReprogramming({ params: { id }, headers }, dependencies) {
    const seconds = waitSeconds(headers.prefer);
    const progress =
      seconds === undefined ? await progressOf(dependencies, id) : await waitForUpdate(dependencies, id, seconds);
    if (progress.kind === 'unknown') {
      return refuse({ code: 'not-found', explanation: 'There is no such reprogramming.' });
    }
    const result = await resultOfProgress(dependencies, id, progress);
    // Read after the updates: one of them can be signed by a key of a set that was published a moment ago.
    const hasUpdates = result.kind !== 'refused' && result.chain.updates.length > 0;
    const keySets = hasUpdates ? await missingKeySets(dependencies, keysOf(progress)) : [];
    const response = answerReprogramming(result, { waitedSeconds: seconds, keySets });
    // The reprogramming exists, even if it is only planned.
    return response.status === 202 ? { ...response, status: 200 } : response;
  },

  async createReceipt({ body }, dependencies) {
    const accepted = await acceptContext(dependencies, body.context);
    if (accepted.kind === 'refused') return refuse(accepted.refusal);
    const { serial, counter, keys } = accepted.context;
    const lease = await leaseFor(dependencies, accepted, true);
    // A repeated receipt has written nothing.
    await recordQuietContact(dependencies, accepted.container.head);
    const keySets = keySetsView(await missingKeySets(dependencies, keys));
    const { late } = accepted;
    return answer(200, { status: 'confirmed', container: serial, counter, ...keySets, ...defined({ lease, late }) });
  },

  async findAutoUpdates({ body }, dependencies) {
    const accepted = await acceptContext(dependencies, body.context);
    if (accepted.kind === 'refused') return refuse(accepted.refusal);
    const container = await rememberContext(dependencies, accepted);
    await recordQuietContact(dependencies, container.head);
    const { late } = accepted;
    return answer(200, { items: (await loadPending(dependencies, container)).map(autoUpdate), ...defined({ late }) });
  },
};

/** The routes of the depot's function. */
export const DEPOT_ROUTES: Routes = new Map([...createRoutes(DEPOT, DEPOT_OPERATIONS), ...KEYS_ROUTES]);

/** Whether a request without manual actions changes nothing: no vendor action is pending, and no update is under way. */
function needsNothing(container: Container): boolean {
  return (
    remainingPending(container).length === 0 && container.outstanding.length === 0 && container.inFlight === undefined
  );
}

type Activations = NonNullable<RequestOf<(typeof DEPOT)['createReprogramming']>['body']['activate']>;

function distinctActivations(typed: Activations): Activations {
  const activations = typed.map(({ ticket, license }) => ({ ticket: readTicketCode(ticket), license }));
  return [...new Map(activations.map((one) => [one.license, one])).values()];
}

/** An invalid ticket code is treated as an unknown ticket: it gets the same conflict. */
function readTicketCode(typed: string): string {
  return parseTicketCode(typed) ?? '';
}

/** The newest key set that the container holds for certain: every container holds the first one. */
function keysOf(progress: ReprogrammingProgress): number {
  return 'reprogramming' in progress ? progress.reprogramming.keys : FIRST_KEY_SET;
}
