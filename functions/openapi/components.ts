import type * as z from 'zod/mini';
import { orderBody, termsInput } from '../../contract/inputs.ts';
import { PROBLEM_SCHEMAS } from '../../contract/problem-schemas.ts';
import type { ProblemCode } from '../../contract/problems.ts';
import { bulkLicense, bulkOrder } from '../../contract/shapes/bulk-order.ts';
import { autoUpdate, autoUpdatesOfContainer, container } from '../../contract/shapes/container.ts';
import { deadLetter, endpointHealth, eventEndpoint, eventMessage } from '../../contract/shapes/event-endpoint.ts';
import { evidence } from '../../contract/shapes/evidence.ts';
import { historyEvent } from '../../contract/shapes/history.ts';
import { containerLicense, depotLicense, license, terms, ticket } from '../../contract/shapes/license.ts';
import { order, orderSummary, skuMapping, ticketOrder } from '../../contract/shapes/order.ts';
import { problemPage } from '../../contract/shapes/problem-page.ts';
import { product } from '../../contract/shapes/product.ts';
import { conflict, reprogramming, update, updateFile } from '../../contract/shapes/reprogramming.ts';
import { token } from '../../contract/shapes/token.ts';
import { webhook } from '../../contract/shapes/webhook.ts';
import { erpEvent } from '../../contract/webhooks.ts';

/** A schema with a name in the document, its description, and descriptions of members that need one. */
export interface Component {
  readonly schema: z.ZodMiniType;
  readonly description: string;
  readonly members?: Readonly<Record<string, string>>;
}

const LICENSE_MEMBERS = {
  container: 'The serial of the container that holds the license, collects it or returned it.',
  pending: 'The vendor action that waits for the container’s next reprogramming.',
  requires: 'Codes of the products that must be in the same container.',
  crit: 'Names of terms that a program must know to use the license.',
};

export const COMPONENTS: Readonly<Record<string, Component>> = {
  Product: {
    schema: product,
    description: 'A product that the vendor sells.',
    members: {
      requires: LICENSE_MEMBERS.requires,
      features: 'Names that the vendor gives to parts of the product.',
      leaseDays: 'Put into the terms of licenses that are sold without it.',
      expiryNotices: 'Days before the end of a license at which `license.expiring` is sent. Default: 30, 7 and 1.',
    },
  },
  SkuMapping: { schema: skuMapping, description: 'The products that one unit of a shop’s SKU delivers.' },
  Terms: {
    schema: terms,
    description:
      'The rights that a license grants. Any other member is a term of the vendor’s own, which the container gets unchanged.',
    members: {
      expiresAt: 'The license cannot be activated from this time on.',
      maintenanceUntil: 'Versions released until this time can be used.',
      quantity: 'The number of seats, or of other units that the product counts.',
      leaseDays: 'Days that the license can be used after the container’s last contact.',
    },
  },
  License: {
    schema: license,
    description: 'One unit on a ticket, as the vendor sees it.',
    members: {
      ...LICENSE_MEMBERS,
      predecessor: 'The license that this one replaced or will replace.',
      successor: 'The license that replaced this one.',
    },
  },
  DepotLicense: {
    schema: depotLicense,
    description: 'One unit on a ticket, as its user sees it.',
    members: LICENSE_MEMBERS,
  },
  ContainerLicense: { schema: containerLicense, description: 'A license as a container holds it.' },
  Ticket: { schema: ticket, description: 'The code that a customer gets, with the licenses on the ticket.' },
  Order: {
    schema: order,
    description: 'A sale of the ERP, and the licenses that are on its ticket today.',
    members: {
      customer: 'The vendor’s own reference to the customer: one text, or texts with names.',
      ticket: 'The ticket’s code.',
    },
  },
  OrderSummary: { schema: orderSummary, description: 'An order in a list, with its items.' },
  TicketOrder: { schema: ticketOrder, description: 'The order behind a ticket.' },
  HistoryEvent: {
    schema: historyEvent,
    description: 'A change of a license or a container, stored in the same transaction as the change.',
    members: {
      actor: 'Who caused it.',
      counter: 'The container’s counter.',
      step: 'The step of the sequence that moved the license.',
    },
  },
  Container: {
    schema: container,
    description: 'A license container on the customer’s machine.',
    members: {
      counter: 'The last counter that a context confirmed.',
      digest: 'The digest of the content at that counter.',
      licenses: 'The licenses that the container holds after it has applied every outstanding update.',
      outstanding: 'Reprogrammings whose update was issued and has no receipt yet.',
      target: 'Counter and digest after every outstanding update.',
    },
  },
  AutoUpdate: { schema: autoUpdate, description: 'A vendor action that waits for the container’s next reprogramming.' },
  AutoUpdatesOfContainer: {
    schema: autoUpdatesOfContainer,
    description: 'A container, and its pending vendor actions.',
  },
  Conflict: {
    schema: conflict,
    description: 'An action that was not executed, with the reason.',
    members: { because: 'Other licenses that cause the conflict, at most ten.' },
  },
  Evidence: {
    schema: evidence,
    description: 'The evidence that a container no longer holds a license. A third party verifies it offline.',
    members: {
      license: 'The license’s id.',
      order: 'The id of the order that sold it. No signature covers it.',
      before: 'What the container held before the first update.',
      updates: 'From the one that removed the license to the one that the receipt ends.',
      receipt: 'The container’s context after the last update.',
      keySets: 'All key sets of the vendor, in the order of their versions.',
    },
  },
  Update: {
    schema: update,
    description: 'The signed file that reprograms one container, once.',
    members: {
      jws: 'Compact JWS, EdDSA. It signs the counter and digest before and after the update.',
      operations: 'The changes of the content, in the order of the sequence.',
    },
  },
  UpdateFile: {
    schema: updateFile,
    description: 'A chain of updates: each starts at the counter at which the previous one ends.',
  },
  Reprogramming: {
    schema: reprogramming,
    description: 'One run of the sequence for one container.',
    members: {
      executed: 'Ids of the licenses that each step changes.',
      dropped: 'Manual actions that were dropped because they conflict; the vendor actions ran without them.',
      updates: 'The chain of updates that follows the context.',
      more: 'The chain is too long for one answer: apply these updates, then send the next context.',
    },
  },
  BulkOrder: {
    schema: bulkOrder,
    description: 'A vendor action on every license that meets the query, with its progress.',
    members: {
      states: 'The number of selected licenses per state that they had.',
      refusals: 'The number of refused licenses per problem code.',
      problem: 'Why the whole bulk order was refused.',
    },
  },
  BulkLicense: { schema: bulkLicense, description: 'One license of a bulk order, with its outcome.' },
  Webhook: {
    schema: webhook,
    description: 'A received webhook, with its outcome.',
    members: {
      body: 'The body as received.',
      state: '`failed` can be replayed; `waiting` waits for the order that it cancels.',
    },
  },
  EventEndpoint: {
    schema: eventEndpoint,
    description: 'An address of the vendor that receives events.',
    members: {
      types: 'The types of events to send. If absent: every event.',
      secrets: 'When each secret starts and ends to sign, without the secrets themselves.',
      health: 'How the deliveries go.',
    },
  },
  EndpointHealth: {
    schema: endpointHealth,
    description:
      'How the deliveries to an endpoint go. `untried`: nothing was sent. `healthy`: the last attempt succeeded, and no event ' +
      'waits. `retrying`: the last attempt succeeded, but events that failed before wait. `failing`: the last attempt failed.',
    members: {
      failingSince: 'The first error after the last success.',
      lastSuccessAt: 'The last answer with 2xx, to an event or a ping; exact to the minute.',
      lastError: 'The last other answer, or why there was none; exact to the minute.',
      backlog:
        'The events that wait for another attempt, and those behind them. `since` is when the oldest of them happened. ' +
        '`atLeast`: there are more.',
      nextAttemptAt: 'When an event is tried again.',
      deadLetters:
        'The events that were given up and can be replayed: at most 100 are counted. `atLeast`: there are more.',
    },
  },
  EventMessage: {
    schema: eventMessage,
    description:
      'The body of an event as it is sent: a Standard Webhook. `data` is the event of the history. An event of an order also ' +
      'has its `ticket` and `customer`, and an event of a license its `product` and `terms`, as they are when the event is ' +
      'queued. `otherLicenses` has these members of the predecessor or the successor.',
  },
  DeadLetter: { schema: deadLetter, description: 'An event that could not be delivered, kept for a replay.' },
  Token: { schema: token, description: 'A token, without the token itself.' },
  ProblemPage: { schema: problemPage, description: 'The page of a problem: its meaning, the remedy and an example.' },
  OrderRequest: { schema: orderBody, description: 'An order to deliver.' },
  TermsRequest: {
    schema: termsInput,
    description:
      'The rights that a new license grants. Any other member is a term of the vendor’s own: its name has at most 256 ' +
      'characters, and a license has at most 64 terms and 1,280 bytes.',
    members: { leaseDays: 'Days that the license can be used after the container’s last contact.' },
  },
  ErpEvent: { schema: erpEvent, description: 'The body of an ERP’s webhook.' },
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
