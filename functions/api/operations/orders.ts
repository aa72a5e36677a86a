import type { ORDERS } from '../../../contract/orders.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import type { Dependencies } from '../../dependencies.ts';
import { pageOfOrderHistory } from '../../store/history-items.ts';
import { customerNames, getDeliveredOrder, orderIdOfTicket, type StoredOrder } from '../../store/order-item.ts';
import { deliverOrder } from '../../use-cases/orders/deliver-order.ts';
import { pageOfOrders } from '../../use-cases/orders/page-of-orders.ts';
import { processWaitingWebhooks } from '../../use-cases/webhooks/process-and-record.ts';
import { answer, type OperationsOf } from '../http/answer.ts';
import { vendorOf } from '../http/caller.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';
import { summarizeOrder, viewOrder } from '../views/order-view.ts';

export const ORDER_OPERATIONS: OperationsOf<typeof ORDERS> = {
  async createOrder({ body, caller }, dependencies) {
    const delivery = await deliverOrder(dependencies, vendorOf(caller), body);
    if (delivery.kind === 'refused') return refuse(delivery.refusal);
    // A cancellation may have arrived first: execute it before the answer shows the order.
    await processWaitingWebhooks(dependencies, body.orderId);
    const view = await viewOrder(dependencies, delivery.order);
    return answer(delivery.isNew ? 201 : 200, view, { location: `/orders/${encodeURIComponent(view.orderId)}` });
  },

  async listOrders(request, dependencies) {
    return answerPage(
      'listOrders',
      request,
      async (limit, cursor) => {
        const { orderId } = request.query;
        const page =
          orderId === undefined
            ? await pageOfOrders(dependencies, request.query, limit, cursor)
            : { items: await ordersOfId(dependencies, orderId) };
        return { ...page, items: page.items.map(summarizeOrder) };
      },
      (order) => order,
    );
  },

  async getOrder({ params: { orderId } }, dependencies) {
    const order = await getDeliveredOrder(dependencies, orderId);
    return order === undefined ? refuse(noSuchOrder(orderId)) : answer(200, await viewOrder(dependencies, order));
  },

  async getOrderHistory(request, dependencies) {
    const { orderId } = request.params;
    if ((await getDeliveredOrder(dependencies, orderId)) === undefined) return refuse(noSuchOrder(orderId));
    return answerPage(
      'getOrderHistory',
      request,
      (limit, cursor) => pageOfOrderHistory(dependencies, orderId, limit, cursor),
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
      ...view,
      containers: [...new Set(containers)].sort(),
      links: linksOf(order),
    });
  },
};

function linksOf({ orderId, customer }: StoredOrder): object {
  const order = `/orders/${encodeURIComponent(orderId)}`;
  const ofCustomer = [...customerNames(customer)]
    .sort()
    .map((name) => `/orders?${new URLSearchParams({ customer: name })}`);
  return { order, history: `${order}/history`, ordersOfCustomer: ofCustomer };
}

/** A list of at most one order, for an id that a path cannot contain. */
async function ordersOfId(dependencies: Dependencies, orderId: string): Promise<StoredOrder[]> {
  const order = await getDeliveredOrder(dependencies, orderId);
  return order === undefined ? [] : [order];
}

function noSuchOrder(orderId: string): Refusal {
  return { code: 'not-found', explanation: `There is no order ${orderId}.` };
}
