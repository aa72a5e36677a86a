import type * as z from 'zod/mini';
import { orderBody, termsInput } from '../../contract/inputs.ts';
import { PROBLEM_SCHEMAS } from '../../contract/problem-schemas.ts';
import type { ProblemCode } from '../../contract/problems.ts';
import { bulkLicense, bulkOrder } from '../../contract/shapes/bulk-order.ts';
import { autoUpdate, autoUpdatesOfContainer, container } from '../../contract/shapes/container.ts';
import { deadLetter, eventEndpoint, eventMessage } from '../../contract/shapes/event-endpoint.ts';
import { historyEvent } from '../../contract/shapes/history.ts';
import { containerLicense, depotLicense, license, terms, ticket } from '../../contract/shapes/license.ts';
import { order, orderSummary, skuMapping, ticketOrder } from '../../contract/shapes/order.ts';
import { problemPage } from '../../contract/shapes/problem-page.ts';
import { product } from '../../contract/shapes/product.ts';
import { conflict, reprogramming, update, updateFile } from '../../contract/shapes/reprogramming.ts';
import { token } from '../../contract/shapes/token.ts';
import { webhook } from '../../contract/shapes/webhook.ts';
import { erpEvent } from '../../contract/webhooks.ts';

/** A schema that the document knows by name, in words: itself, and those members that their names do not explain. */
export interface Component {
  readonly schema: z.ZodMiniType;
  readonly description: string;
  readonly members?: Readonly<Record<string, string>>;
}

const LICENSE_MEMBERS = {
  container: 'The serial of the container where it is, or is being collected by or returned from.',
  pending: 'The vendor’s order that waits for the container’s next reprogramming.',
  requires: 'Codes of the products that must be in the same container.',
};

export const COMPONENTS: Readonly<Record<string, Component>> = {
  Product: {
    schema: product,
    description: 'A thing that is sold.',
    members: { requires: LICENSE_MEMBERS.requires, features: 'What the product can do, in the vendor’s own words.' },
  },
  SkuMapping: { schema: skuMapping, description: 'What one unit of a shop’s SKU delivers.' },
  Terms: {
    schema: terms,
    description: 'What a license allows.',
    members: {
      expiresAt: 'From then on it cannot be activated any more.',
      maintenanceUntil: 'Until then new versions may be used.',
      quantity: 'How many seats, or units of whatever the product counts.',
    },
  },
  License: {
    schema: license,
    description: 'One unit on a ticket, as the vendor sees it.',
    members: {
      ...LICENSE_MEMBERS,
      predecessor: 'The license that it has replaced, or will replace.',
      successor: 'The license that has replaced it.',
    },
  },
  DepotLicense: {
    schema: depotLicense,
    description: 'One unit on a ticket, as its user sees it.',
    members: LICENSE_MEMBERS,
  },
  ContainerLicense: { schema: containerLicense, description: 'A license as a container holds it.' },
  Ticket: { schema: ticket, description: 'The code that a customer gets, and the licenses that it holds.' },
  Order: {
    schema: order,
    description: 'What the ERP sold, and what is on its ticket today.',
    members: { customer: 'The vendor’s own reference: a text, or a few named ones.', ticket: 'The ticket’s code.' },
  },
  OrderSummary: { schema: orderSummary, description: 'An order in a list: what was ordered.' },
  TicketOrder: { schema: ticketOrder, description: 'The order behind a ticket.' },
  HistoryEvent: {
    schema: historyEvent,
    description: 'Something that has happened, committed together with what it tells.',
    members: {
      actor: 'Who brought it about.',
      counter: 'The container’s counter.',
      step: 'The step of the sequence that moved the license.',
    },
  },
  Container: {
    schema: container,
    description: 'Where licenses live on the customer’s side.',
    members: {
      counter: 'The last one that a context has confirmed.',
      digest: 'Of the content at that counter.',
      licenses: 'What it holds once every outstanding update is applied.',
      outstanding: 'Reprogrammings whose update is issued and has no receipt yet.',
      target: 'Where it stands once every outstanding update is applied.',
    },
  },
  AutoUpdate: { schema: autoUpdate, description: 'A vendor action that waits for the container’s next reprogramming.' },
  AutoUpdatesOfContainer: { schema: autoUpdatesOfContainer, description: 'A container, and what is pending for it.' },
  Conflict: {
    schema: conflict,
    description: 'An action that was not carried out, and why.',
    members: { because: 'Other licenses that make it a conflict, ten at most.' },
  },
  Update: {
    schema: update,
    description: 'The signed file that reprograms one container, once.',
    members: {
      jws: 'Compact JWS, EdDSA: from which counter and digest to which.',
      operations: 'How to get there, in the order of the sequence.',
    },
  },
  UpdateFile: { schema: updateFile, description: 'A chain of updates, each starting where the one before ends.' },
  Reprogramming: {
    schema: reprogramming,
    description: 'One run of the sequence for one container.',
    members: {
      executed: 'Ids of the licenses that each step moves.',
      dropped: 'Manual actions that were left out, because the vendor’s run in any case.',
      updates: 'The chain from the context on.',
      more: 'The chain goes on, and is too long for one answer: apply these updates, and ask with the next context.',
    },
  },
  BulkOrder: {
    schema: bulkOrder,
    description: 'An order on every license that meets its query, and how far it has come.',
    members: {
      states: 'Selected licenses by the state that they were in.',
      refusals: 'Refused licenses by the code of their problem.',
      problem: 'Why the bulk order as a whole came to nothing.',
    },
  },
  BulkLicense: { schema: bulkLicense, description: 'One license of a bulk order, and what has come of it.' },
  Webhook: {
    schema: webhook,
    description: 'A webhook that has come in, and what came of it.',
    members: { body: 'As it came.', state: '`failed` can be replayed; `waiting` waits for the order that it cancels.' },
  },
  EventEndpoint: {
    schema: eventEndpoint,
    description: 'Where the vendor wants events to be sent.',
    members: {
      types: 'Without them: every event.',
      secrets: 'Not the secrets themselves: since when each signs, and until when.',
    },
  },
  EventMessage: { schema: eventMessage, description: 'The body of an event as it is sent: a Standard Webhook.' },
  DeadLetter: { schema: deadLetter, description: 'An event that could not be delivered, kept for a replay.' },
  Token: { schema: token, description: 'A token, without the token itself.' },
  ProblemPage: { schema: problemPage, description: 'What a problem means.' },
  OrderRequest: { schema: orderBody, description: 'An order to be delivered.' },
  TermsRequest: { schema: termsInput, description: 'What a license is to allow.' },
  ErpEvent: { schema: erpEvent, description: 'What an ERP’s webhook tells.' },
  ...Object.fromEntries(
    [...PROBLEM_SCHEMAS].map(([code, schema]) => [
      problemName(code),
      { schema, description: `The problem \`${code}\` (RFC 9457).` },
    ]),
  ),
};

/** `not-found` is `NotFoundProblem`. */
export function problemName(code: ProblemCode): string {
  const words = code.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Problem`;
}
