import { newEventId } from '../event-id.ts';
import { type Answer, answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { answerChanged, answerTagged, refusePrecondition } from '../http/preconditions.ts';
import { refuse } from '../http/problem.ts';
import type { Runtime } from '../ports.ts';
import { attempts } from '../table/attempts.ts';
import { commit } from '../table/commit.ts';
import { deadLetterKey } from '../table/keys.ts';
import { type DeadLetter, type Delivery, getDeadLetter, pageOfDeadLetters, pendingDelivery } from './delivery-item.ts';
import { wantRun } from './delivery-queue.ts';
import {
  changeEventEndpoint,
  deleteEventEndpoint,
  type EventEndpoint,
  eventEndpointView,
  getEventEndpoint,
  listEventEndpoints,
  MAX_EVENT_ENDPOINTS,
  newEventEndpoint,
  saveEventEndpoint,
  withNewSecret,
} from './event-endpoint.ts';
import { PING, pingBody } from './message.ts';
import { faultOfTarget } from './target-address.ts';

type Name =
  | 'createEventEndpoint'
  | 'listEventEndpoints'
  | 'getEventEndpoint'
  | 'putEventEndpoint'
  | 'deleteEventEndpoint'
  | 'rotateEventSecret'
  | 'pingEventEndpoint'
  | 'listDeadLetters'
  | 'replayDeadLetters'
  | 'replayDeadLetter';

/** Dead letters that one request replays; the answer says whether there are more. */
const MAX_REPLAYS = 200;
/** Pings have a queue of their own: they wait for nothing, and nothing waits for them. */
const PING_QUEUE = 'PING';

export const EVENT_OPERATIONS: Operations<Name> = {
  /** With `rotateEventSecret` the one answer that shows a secret. */
  async createEventEndpoint({ body, run }, runtime) {
    const fault = faultOfTarget(body.url, runtime.allowPrivateTargets === true);
    if (fault !== undefined) return badUrl(fault);
    const endpoint: EventEndpoint = { ...newEventEndpoint(runtime, body.url, run.draw), ...chosen(body) };
    const known = await listEventEndpoints(runtime);
    // Its id was drawn before: an earlier run of the same request has made it.
    const made = known.find(({ id }) => id === endpoint.id);
    if (made !== undefined) return withSecret(made);
    if (known.length >= MAX_EVENT_ENDPOINTS) {
      const message = `there are ${MAX_EVENT_ENDPOINTS} endpoints already; delete one first`;
      return refuse({ code: 'invalid-request', errors: [{ path: '', message }] });
    }
    await saveEventEndpoint(runtime, endpoint);
    return withSecret(endpoint);
  },

  async listEventEndpoints(_, runtime) {
    return answer(200, { items: (await listEventEndpoints(runtime)).map(eventEndpointView) });
  },

  async getEventEndpoint({ params: { id }, headers }, runtime) {
    const endpoint = await getEventEndpoint(runtime, id);
    return endpoint === undefined ? noSuchEndpoint(id) : answerTagged(headers, eventEndpointView(endpoint));
  },

  /** What is left out is taken away; `enabled: true` also revives an endpoint that answered 410. */
  async putEventEndpoint({ params: { id }, body, headers }, runtime) {
    const fault = faultOfTarget(body.url, runtime.allowPrivateTargets === true);
    if (fault !== undefined) return badUrl(fault);
    const at = runtime.now().toISOString();
    let refused: Answer | undefined;
    const changed = await changeEventEndpoint(runtime, id, (endpoint) => {
      refused = refusePrecondition(headers, eventEndpointView(endpoint));
      if (refused !== undefined) return endpoint;
      const { types: _, description: __, disabled, ...kept } = endpoint;
      const off = body.enabled === false ? (disabled ?? { at, cause: 'by-hand' }) : undefined;
      const still = body.enabled === undefined ? disabled : off;
      return { ...kept, url: body.url, ...chosen(body), ...(still === undefined ? {} : { disabled: still }) };
    });
    if (changed === undefined) return noSuchEndpoint(id);
    return refused ?? answerChanged(200, eventEndpointView(changed));
  },

  async deleteEventEndpoint({ params: { id }, headers }, runtime) {
    for await (const _ of attempts(runtime)) {
      const endpoint = await getEventEndpoint(runtime, id);
      if (endpoint === undefined) return noSuchEndpoint(id);
      const refused = refusePrecondition(headers, eventEndpointView(endpoint));
      if (refused !== undefined) return refused;
      if (await deleteEventEndpoint(runtime, endpoint)) return answer(200, { status: 'deleted' });
    }
    throw new Error(`The event endpoint ${id} keeps changing`);
  },

  async rotateEventSecret({ params: { id }, run }, runtime) {
    const changed = await changeEventEndpoint(runtime, id, (endpoint) => withNewSecret(runtime, endpoint, run.draw));
    return changed === undefined ? noSuchEndpoint(id) : withSecret(changed);
  },

  /** Sends a test event, once, to a disabled endpoint too; what came of it is in the endpoint's `lastPing`. */
  async pingEventEndpoint({ params: { id } }, runtime) {
    if ((await getEventEndpoint(runtime, id)) === undefined) return noSuchEndpoint(id);
    const event = newEventId(runtime);
    const at = runtime.now().toISOString();
    const name = { endpoint: id, queue: PING_QUEUE };
    const body = pingBody(event, at, id);
    const ping: Delivery = { ...name, position: event, lane: event, event, type: PING, at, body, attempts: 0 };
    await commit(runtime, [pendingDelivery(runtime, ping), wantRun(runtime, name, event)]);
    return answer(202, { id: event, status: 'queued' });
  },

  async listDeadLetters(request, runtime) {
    const { id } = request.params;
    if ((await getEventEndpoint(runtime, id)) === undefined) return noSuchEndpoint(id);
    return answerPage(
      'listDeadLetters',
      request,
      (limit, cursor) => pageOfDeadLetters(runtime, id, limit, cursor),
      letterView,
    );
  },

  /** The oldest first, one after the other, so that each license's come in their order. */
  async replayDeadLetters({ params: { id } }, runtime) {
    if ((await getEventEndpoint(runtime, id)) === undefined) return noSuchEndpoint(id);
    const { items, next } = await pageOfDeadLetters(runtime, id, MAX_REPLAYS, undefined);
    let replayed = 0;
    for (const letter of items) if (await replay(runtime, letter)) replayed++;
    return answer(202, { status: 'queued', replayed, more: next !== undefined });
  },

  async replayDeadLetter({ params: { id, event } }, runtime) {
    const letter = await getDeadLetter(runtime, id, event);
    if (letter === undefined || !(await replay(runtime, letter))) {
      return refuse({ code: 'not-found', explanation: `The endpoint ${id} has no dead letter ${event}.` });
    }
    return answer(202, { id: event, status: 'queued' });
  },
};

/** Puts the event back to its place in the queue, with all attempts before it. `false`: somebody else has. */
async function replay(runtime: Runtime, { diedAt: _, error: __, ...letter }: DeadLetter): Promise<boolean> {
  const done = await commit(runtime, [
    {
      Delete: {
        TableName: runtime.tableName,
        Key: { ...deadLetterKey(letter.endpoint, letter.event) },
        ConditionExpression: 'attribute_exists(pk)',
      },
    },
    pendingDelivery(runtime, { ...letter, attempts: 0 }),
    wantRun(runtime, { endpoint: letter.endpoint, queue: letter.queue }, letter.event),
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

function withSecret(endpoint: EventEndpoint): Answer {
  return answer(201, { ...eventEndpointView(endpoint), secret: endpoint.secrets[0]?.secret });
}

function noSuchEndpoint(id: string): Answer {
  return refuse({ code: 'not-found', explanation: `There is no event endpoint ${id}.` });
}

function badUrl(message: string): Answer {
  return refuse({ code: 'invalid-request', errors: [{ path: 'url', message }] });
}
