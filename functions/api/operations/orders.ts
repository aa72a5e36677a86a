import type { ORDERS } from '../../../contract/orders.ts';
import { MAX_CUSTOMERS_READ } from '../../../domain/limits.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { requestPath } from '../../../protocol/request-path.ts';
import type { Dependencies } from '../../dependencies.ts';
import { pageOfCustomers } from '../../store/customer-item.ts';
import { pageOfOrderHistory } from '../../store/history-items.ts';
import {
  customerNames,
  getDeliveredOrder,
  orderIdOfTicket,
  revisionOf,
  type StoredOrder,
} from '../../store/order-item.ts';
import { directionOf } from '../../store/queries.ts';
import { withContainerNames } from '../../use-cases/containers/container-names.ts';
import { deliverOrder } from '../../use-cases/orders/deliver-order.ts';
import { findCustomers } from '../../use-cases/orders/find-customers.ts';
import { pageOfOrders } from '../../use-cases/orders/page-of-orders.ts';
import { type RefusedUnit, refusedUnits, reviseOrder, revisionRequest } from '../../use-cases/orders/revise-order.ts';
import { processWaitingWebhooks } from '../../use-cases/webhooks/process-and-record.ts';
import { type Answer, answer, type OperationsOf } from '../http/answer.ts';
import { vendorOf } from '../http/caller.ts';
import { answerPage } from '../http/paging.ts';
import { expectedNumber, numberTag, refuseNumber } from '../http/preconditions.ts';
import { refuse } from '../http/problem.ts';
import { summarizeOrder, viewOrder } from '../views/order-view.ts';

export const ORDER_OPERATIONS: OperationsOf<typeof ORDERS> = {
  async createOrder({ body, caller }, dependencies) {
    const delivery = await deliverOrder(dependencies, vendorOf(caller), body);
    if (delivery.kind === 'refused') return refuse(delivery.refusal);
    // A cancellation may have arrived first: execute it before the answer shows the order.
    await processWaitingWebhooks(dependencies, body.orderId);
    const view = await viewOrder(dependencies, delivery.order);
    return answer(delivery.isNew ? 201 : 200, view, {
      location: requestPath('/orders/{orderId}', { orderId: view.orderId }),
    });
  },

  /** O1. */
  async reviseOrder({ params: { orderId }, body, headers, caller }, dependencies) {
    if (body.orderId !== undefined && body.orderId !== orderId) {
      const message = `must be the id of the path, ${orderId}`;
      return refuse({ code: 'invalid-request', errors: [{ path: 'orderId', message }] });
    }
    const isExpected = expectedNumber(headers);
    if (typeof isExpected !== 'function') return isExpected;
    const isPreview = body.preview === true;
    const result = await reviseOrder(dependencies, vendorOf(caller), orderId, revisionRequest(body), {
      isExpected,
      isPreview,
    });
    switch (result.kind) {
      case 'refused':
        return refuse(result.refusal);
      case 'stale':
        return refuseNumber(result.number);
      case 'units-refused':
        return refuseUnits(result.units);
      case 'revised': {
        const { ticket, number: revision, units } = result.revised;
        const known = isPreview ? revision - 1 : revision;
        return answer(200, { orderId, ticket, revision, units }, { etag: numberTag(known) });
      }
    }
  },

  async listOrders(request, dependencies) {
    const found = await findCustomers(dependencies, request.query);
    if (found.kind === 'refused') return refuse(found.refusal);
    const { product, orderId, order } = request.query;
    return answerPage(
      'listOrders',
      request,
      async (limit, cursor) => {
        const page =
          orderId === undefined
            ? await pageOfOrders(dependencies, { customers: found.names, product }, limit, cursor, directionOf(order))
            : { items: await ordersOfId(dependencies, orderId) };
        return { ...page, items: page.items.map(summarizeOrder) };
      },
      (order) => order,
    );
  },

  /** The directory of names that `customer` searches. */
  async listCustomers(request, dependencies) {
    const { search = '' } = request.query;
    return answerPage(
      'listCustomers',
      request,
      (limit, cursor) => pageOfCustomers(dependencies, search, limit, cursor, MAX_CUSTOMERS_READ),
      ({ name }) => {
        const query = new URLSearchParams({ customerName: name });
        return { name, links: { orders: `/orders?${query}`, licenses: `/licenses?${query}` } };
      },
    );
  },

  async getOrder({ params: { orderId } }, dependencies) {
    const order = await getDeliveredOrder(dependencies, orderId);
    if (order === undefined) return refuse(noSuchOrder(orderId));
    return answer(200, await viewOrder(dependencies, order), { etag: numberTag(revisionOf(order)) });
  },

  async getOrderHistory(request, dependencies) {
    const { orderId } = request.params;
    if ((await getDeliveredOrder(dependencies, orderId)) === undefined) return refuse(noSuchOrder(orderId));
    const direction = directionOf(request.query.order);
    return answerPage(
      'getOrderHistory',
      request,
      async (limit, cursor) =>
        withContainerNames(dependencies, await pageOfOrderHistory(dependencies, orderId, limit, cursor, direction)),
      (event) => event,
    );
  },

  /** For support: finds the order of a ticket code. */
  async lookUpTicket({ params: { code } }, dependencies) {
    const orderId = await orderIdOfTicket(dependencies, code);
    const order = orderId === undefined ? undefined : await getDeliveredOrder(dependencies, orderId);
    if (order === undefined) return refuse({ code: 'not-found', explanation: 'There is no ticket with this code.' });
    const { ticket, ...view } = await viewOrder(dependencies, order);
    const containers = view.licenses.flatMap((license) => license.container ?? license.pending?.container ?? []);
    return answer(200, {
      code: ticket,
      ticket,
      ...view,
      containers: [...new Set(containers)].sort(),
      links: linksOf(order),
    });
  },
};

/** The refusal of the first unit, with a reason for each unit. */
function refuseUnits(units: readonly [RefusedUnit, ...RefusedUnit[]]): Answer {
  const named = refusedUnits(units);
  const dependents = [...new Set(named.flatMap((unit) => unit.dependents ?? []))];
  const refused = refuse(units[0].refusal);
  const more = dependents.length === 0 ? {} : { dependents };
  return { ...refused, body: { ...(refused.body as object), ...more, units: named } };
}

function linksOf({ orderId, customer }: StoredOrder): object {
  const names = [...new Set(customerNames(customer))].sort();
  // The whole name narrows the search: a piece could be in other names, too.
  const ofCustomer = names.map((name) => `/orders?${new URLSearchParams({ customer: name, customerName: name })}`);
  return {
    order: requestPath('/orders/{orderId}', { orderId }),
    history: requestPath('/orders/{orderId}/history', { orderId }),
    ordersOfCustomer: ofCustomer,
  };
}

/** A list of at most one order, for an id that a path cannot contain. */
async function ordersOfId(dependencies: Dependencies, orderId: string): Promise<StoredOrder[]> {
  const order = await getDeliveredOrder(dependencies, orderId);
  return order === undefined ? [] : [order];
}

function noSuchOrder(orderId: string): Refusal {
  return { code: 'not-found', explanation: `There is no order ${orderId}.` };
}
