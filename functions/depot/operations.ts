import { isOnTicket } from '../../domain/license.ts';
import { confirmedCounters } from '../containers/confirmed-counters.ts';
import { remainingPending } from '../containers/container.ts';
import { answer, type Operations } from '../http/answer.ts';
import { refuse } from '../http/problem.ts';
import { answerProgress, progressOf } from '../reprogrammings/answer-reprogramming.ts';
import { requestDigest } from '../reprogrammings/request-digest.ts';
import { settleContext } from '../reprogrammings/settle-context.ts';
import { startReprogramming, withPreference } from '../reprogrammings/start-reprogramming.ts';
import { waitForUpdate, waitSeconds } from '../reprogrammings/wait.ts';
import type { RequestOf } from '../schemas/requests.ts';
import { autoUpdate, depotLicense } from '../schemas/views.ts';
import { ticketKey } from '../table/keys.ts';
import { licensesOfTicket } from '../table/license-item.ts';
import { getItem } from '../table/read.ts';

type Name = 'getTicket' | 'createReprogramming' | 'getReprogramming' | 'createReceipt' | 'findAutoUpdates';

/** The user's side: no account, the ticket code and the container's signature are the proof. */
export const DEPOT: Operations<Name> = {
  async getTicket({ params: { code } }, runtime) {
    if ((await getItem(runtime, ticketKey(code))) === undefined) {
      return refuse({ code: 'not-found', explanation: 'There is no ticket with this code.' });
    }
    const licenses = (await licensesOfTicket(runtime, code)).filter((license) => isOnTicket(license.standing));
    const confirmed = await confirmedCounters(runtime, licenses);
    return answer(200, { code, licenses: licenses.map((license) => depotLicense(license, confirmed)) });
  },

  async createReprogramming({ body, headers }, runtime) {
    const settled = await settleContext(runtime, body.context);
    if (settled.kind === 'refused') return refuse(settled.refusal);
    const activate = distinctActivations(body.activate ?? []);
    const deactivate = [...new Set(body.deactivate ?? [])];
    return startReprogramming(runtime, {
      container: settled.container,
      activate,
      deactivate,
      request: requestDigest(settled.context.jti, activate, deactivate),
      from: settled.context.counter,
      actor: 'user',
      preview: body.preview ?? false,
      waitSeconds: waitSeconds(headers.prefer),
    });
  },

  async getReprogramming({ params: { id }, headers }, runtime) {
    const seconds = waitSeconds(headers.prefer);
    const progress = seconds === undefined ? await progressOf(runtime, id) : await waitForUpdate(runtime, id, seconds);
    if (progress.kind === 'unknown') {
      return refuse({ code: 'not-found', explanation: 'There is no such reprogramming.' });
    }
    const told = await answerProgress(runtime, id, progress);
    // Asked for by its id, it is there, however far it has come.
    const found = told.status === 202 ? { ...told, status: 200 } : told;
    return seconds === undefined ? found : withPreference(found, seconds);
  },

  async createReceipt({ body }, runtime) {
    const settled = await settleContext(runtime, body.context);
    if (settled.kind === 'refused') return refuse(settled.refusal);
    const { serial, counter } = settled.context;
    return answer(200, { status: 'confirmed', container: serial, counter });
  },

  async findAutoUpdates({ body }, runtime) {
    const settled = await settleContext(runtime, body.context);
    if (settled.kind === 'refused') return refuse(settled.refusal);
    return answer(200, { items: remainingPending(settled.container).map(autoUpdate) });
  },
};

type Activations = NonNullable<RequestOf<'createReprogramming'>['body']['activate']>;

function distinctActivations(activations: Activations): Activations {
  return [...new Map(activations.map((one) => [one.license, one])).values()];
}
