import type { EVENTS } from '../../../contract/events.ts';
import type { Dependencies } from '../../dependencies.ts';
import { retryOnConflict } from '../../store/conflict-retries.ts';
import {
  type DeadLetter,
  getDeadLetter,
  pageOfDeadLetters,
  pendingDelivery,
  type QueuedDelivery,
} from '../../store/delivery-item.ts';
import { requestQueueRun } from '../../store/delivery-queue.ts';
import { getEndpointHealth } from '../../store/endpoint-health-item.ts';
import {
  changeEventEndpoint,
  deleteEventEndpoint,
  type EventEndpoint,
  getEventEndpoint,
  listEventEndpoints,
  MAX_EVENT_ENDPOINTS,
  newEventEndpoint,
  saveEventEndpoint,
  withNewSecret,
} from '../../store/event-endpoint-item.ts';
import { newEventId } from '../../store/event-id.ts';
import { deadLetterKey } from '../../store/keys.ts';
import { directionOf } from '../../store/queries.ts';
import { commit } from '../../store/transactions.ts';
import { endpointObservations, endpointSettings, endpointView } from '../../use-cases/events/endpoint-view.ts';
import { PING, pingBody } from '../../use-cases/events/message.ts';
import { retryWaitingEvents } from '../../use-cases/events/retry-waiting-events.ts';
import { faultOfTarget, isPrivateTarget } from '../../use-cases/events/target-address.ts';
import { type Answer, answer, type OperationsOf } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { answerChanged, answerTagged, refusePrecondition } from '../http/preconditions.ts';
import { refuse } from '../http/problem.ts';

/** Dead letters that one request replays; the answer says whether there are more. */
const MAX_REPLAYS = 200;
/** Pings have a queue of their own: they wait for nothing, and nothing waits for them. */
const PING_QUEUE = 'PING';

export const EVENT_OPERATIONS: OperationsOf<typeof EVENTS> = {
  /** With `rotateEventSecret` the one answer that shows a secret. */
  async createEventEndpoint({ body, attempt }, dependencies) {
    const badUrl = refuseTarget(dependencies, body.url);
    if (badUrl !== undefined) return badUrl;
    const endpoint: EventEndpoint = {
      ...newEventEndpoint(dependencies, body.url, attempt.deriveBytes),
      ...chosen(body),
    };
    const known = await listEventEndpoints(dependencies);
    // The id derives from the attempt: an earlier attempt of the same request created this endpoint.
    const made = known.find(({ id }) => id === endpoint.id);
    if (made !== undefined) return withSecret(dependencies, made);
    if (known.length >= MAX_EVENT_ENDPOINTS) {
      const message = `there are ${MAX_EVENT_ENDPOINTS} endpoints already; delete one first`;
      return refuse({ code: 'invalid-request', errors: [{ path: '', message }] });
    }
    await saveEventEndpoint(dependencies, endpoint);
    return withSecret(dependencies, endpoint);
  },

  async listEventEndpoints(_, dependencies) {
    const endpoints = await listEventEndpoints(dependencies);
    const items = await Promise.all(
      endpoints.map(async (endpoint) => endpointView(endpoint, await getEndpointHealth(dependencies, endpoint.id))),
    );
    return answer(200, { items });
  },

  async getEventEndpoint({ params: { id }, headers }, dependencies) {
    const endpoint = await getEventEndpoint(dependencies, id);
    if (endpoint === undefined) return noSuchEndpoint(id);
    const health = await getEndpointHealth(dependencies, id);
    return answerTagged(headers, endpointSettings(endpoint), endpointObservations(endpoint, health));
  },

  /** An absent member is removed. `enabled: true` also enables an endpoint that answered 410. */
  async putEventEndpoint({ params: { id }, body, headers }, dependencies) {
    const badUrl = refuseTarget(dependencies, body.url);
    if (badUrl !== undefined) return badUrl;
    const at = dependencies.now().toISOString();
    const health = await getEndpointHealth(dependencies, id);
    let refused: Answer | undefined;
    const changed = await changeEventEndpoint(dependencies, id, (endpoint) => {
      refused = refusePrecondition(headers, endpointSettings(endpoint), endpointObservations(endpoint, health));
      if (refused !== undefined) return endpoint;
      const { types: _, description: __, disabled, ...kept } = endpoint;
      const off = body.enabled === false ? (disabled ?? { at, cause: 'by-hand' }) : undefined;
      const still = body.enabled === undefined ? disabled : off;
      return { ...kept, url: body.url, ...chosen(body), ...(still === undefined ? {} : { disabled: still }) };
    });
    if (changed === undefined) return noSuchEndpoint(id);
    return refused ?? answerChanged(200, endpointSettings(changed), endpointObservations(changed, health));
  },

  async deleteEventEndpoint({ params: { id }, headers }, dependencies) {
    return retryOnConflict(dependencies, `event endpoint ${id}`, async () => {
      const endpoint = await getEventEndpoint(dependencies, id);
      if (endpoint === undefined) return noSuchEndpoint(id);
      const health = await getEndpointHealth(dependencies, id);
      const refused = refusePrecondition(headers, endpointSettings(endpoint), endpointObservations(endpoint, health));
      if (refused !== undefined) return refused;
      return (await deleteEventEndpoint(dependencies, endpoint)) ? answer(200, { status: 'deleted' }) : 'changed';
    });
  },

  async rotateEventSecret({ params: { id }, attempt }, dependencies) {
    const changed = await changeEventEndpoint(dependencies, id, (endpoint) =>
      withNewSecret(dependencies, endpoint, attempt.deriveBytes),
    );
    return changed === undefined ? noSuchEndpoint(id) : withSecret(dependencies, changed);
  },

  /** Sends a test event once, also to a disabled endpoint. The endpoint's `lastPing` has the outcome. */
  async pingEventEndpoint({ params: { id } }, dependencies) {
    if ((await getEventEndpoint(dependencies, id)) === undefined) return noSuchEndpoint(id);
    const event = newEventId(dependencies);
    const at = dependencies.now().toISOString();
    const name = { endpoint: id, queue: PING_QUEUE };
    const body = pingBody(event, at, id);
    const ping: QueuedDelivery = { ...name, position: event, lane: event, event, type: PING, at, body, attempts: 0 };
    await commit(dependencies, [pendingDelivery(dependencies, ping), requestQueueRun(dependencies, name, event)]);
    return answer(202, { id: event, status: 'queued' });
  },

  async retryWaitingEvents({ params: { id } }, dependencies) {
    const endpoint = await getEventEndpoint(dependencies, id);
    if (endpoint === undefined) return noSuchEndpoint(id);
    if (endpoint.disabled !== undefined) {
      const message = 'the endpoint is disabled: enable it first, then retry';
      return refuse({ code: 'invalid-request', errors: [{ path: 'id', message }] });
    }
    return answer(202, { status: 'queued', ...(await retryWaitingEvents(dependencies, id)) });
  },

  async listDeadLetters(request, dependencies) {
    const { id } = request.params;
    if ((await getEventEndpoint(dependencies, id)) === undefined) return noSuchEndpoint(id);
    const direction = directionOf(request.query.order);
    return answerPage(
      'listDeadLetters',
      request,
      (limit, cursor) => pageOfDeadLetters(dependencies, id, limit, cursor, direction),
      letterView,
    );
  },

  /** Replays the oldest first and one at a time, which keeps the order of each license's events. */
  async replayDeadLetters({ params: { id } }, dependencies) {
    if ((await getEventEndpoint(dependencies, id)) === undefined) return noSuchEndpoint(id);
    const { items, next } = await pageOfDeadLetters(dependencies, id, MAX_REPLAYS, undefined);
    let replayed = 0;
    for (const letter of items) if (await replay(dependencies, letter)) replayed++;
    return answer(202, { status: 'queued', replayed, more: next !== undefined });
  },

  async replayDeadLetter({ params: { id, event } }, dependencies) {
    const letter = await getDeadLetter(dependencies, id, event);
    if (letter === undefined || !(await replay(dependencies, letter))) {
      return refuse({ code: 'not-found', explanation: `The endpoint ${id} has no dead letter ${event}.` });
    }
    return answer(202, { id: event, status: 'queued' });
  },
};

/** Queues the event again at its position, with all its retries. @returns `false` if another request did so. */
async function replay(dependencies: Dependencies, { diedAt: _, error: __, ...letter }: DeadLetter): Promise<boolean> {
  const done = await commit(dependencies, [
    {
      Delete: {
        TableName: dependencies.tableName,
        Key: { ...deadLetterKey(letter.endpoint, letter.event) },
        ConditionExpression: 'attribute_exists(pk)',
      },
    },
    pendingDelivery(dependencies, { ...letter, attempts: 0 }),
    requestQueueRun(dependencies, { endpoint: letter.endpoint, queue: letter.queue }, letter.event),
  ]);
  return done === 'committed';
}

function letterView({ event, type, at, diedAt, attempts, error, body }: DeadLetter): object {
  return { id: event, type, at, diedAt, attempts, ...(error === undefined ? {} : { error }), body: JSON.parse(body) };
}

interface Chosen {
  readonly types?: readonly string[] | undefined;
  readonly description?: string | undefined;
}

function chosen({ types, description }: Chosen): Pick<EventEndpoint, 'types' | 'description'> {
  return {
    ...(types === undefined ? {} : { types: [...new Set(types)] }),
    ...(description === undefined ? {} : { description }),
  };
}

async function withSecret(dependencies: Dependencies, endpoint: EventEndpoint): Promise<Answer> {
  const view = endpointView(endpoint, await getEndpointHealth(dependencies, endpoint.id));
  return answer(201, { ...view, secret: endpoint.secrets[0]?.secret });
}

function noSuchEndpoint(id: string): Answer {
  return refuse({ code: 'not-found', explanation: `There is no event endpoint ${id}.` });
}

/** @returns the refusal of a URL, with the setting that would allow it; `undefined` if events may be sent there. */
function refuseTarget(
  { allowPrivateTargets = false, privateTargetsSetting }: Dependencies,
  url: string,
): Answer | undefined {
  const fault = faultOfTarget(url, allowPrivateTargets);
  if (fault === undefined) return undefined;
  const hint = privateTargetsSetting !== undefined && isPrivateTarget(url) ? hintAt(privateTargetsSetting) : '';
  return refuse({ code: 'invalid-request', errors: [{ path: 'url', message: `${fault}${hint}` }] });
}

const hintAt = (setting: string): string =>
  `; to allow http and addresses of this machine, for a trial, start the server with ${setting}`;
