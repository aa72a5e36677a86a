import type { Refusal } from '../../domain/refusal.ts';
import { answer, type Operations } from '../http/answer.ts';
import { answerPage } from '../http/paging.ts';
import { refuse } from '../http/problem.ts';
import { pageOfOrderHistory } from '../table/history-items.ts';
import { settleWaiting } from '../webhooks/settle-webhook.ts';
import { deliverOrder } from './deliver-order.ts';
import { getDelivered, namesOf, orderOfTicket, type StoredOrder } from './order-item.ts';
import { summarizeOrder, viewOrder } from './order-view.ts';
import { pageOfOrders } from './page-of-orders.ts';

type Name = 'createOrder' | 'listOrders' | 'getOrder' | 'getOrderHistory' | 'lookUpTicket';

export const ORDER_OPERATIONS: Operations<Name> = {
  async createOrder({ body }, runtime) {
    const delivery = await deliverOrder(runtime, body);
    if (delivery.kind === 'refused') return refuse(delivery.refusal);
    // A cancellation may have come first: the answer shows what it has left.
    await settleWaiting(runtime, body.orderId);
    const view = await viewOrder(runtime, delivery.order);
    return answer(delivery.isNew ? 201 : 200, view, { location: `/orders/${encodeURIComponent(view.orderId)}` });
  },

  /** Oldest first; of a customer or with a product by order id. */
  async listOrders(request, runtime) {
    return answerPage(
      'listOrders',
      request,
      async (limit, cursor) => {
        const page = await pageOfOrders(runtime, request.query, limit, cursor);
        return { ...page, items: page.items.map(summarizeOrder) };
      },
      (order) => order,
    );
  },

  async getOrder({ params: { orderId } }, runtime) {
    const order = await getDelivered(runtime, orderId);
    return order === undefined ? refuse(noSuchOrder(orderId)) : answer(200, await viewOrder(runtime, order));
  },

  async getOrderHistory(request, runtime) {
    const { orderId } = request.params;
    if ((await getDelivered(runtime, orderId)) === undefined) return refuse(noSuchOrder(orderId));
    return answerPage(
      'getOrderHistory',
      request,
      (limit, cursor) => pageOfOrderHistory(runtime, orderId, limit, cursor),
      (event) => event,
    );
  },

  /** For whoever has a customer with a ticket code on the phone: the order behind it, and where to read on. */
  async lookUpTicket({ params: { code } }, runtime) {
    const orderId = await orderOfTicket(runtime, code);
    const order = orderId === undefined ? undefined : await getDelivered(runtime, orderId);
    if (order === undefined) return refuse({ code: 'not-found', explanation: 'There is no ticket with this code.' });
    const { ticket, ...view } = await viewOrder(runtime, order);
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
  const ofCustomer = [...namesOf(customer)].sort().map((name) => `/orders?${new URLSearchParams({ customer: name })}`);
  return { order, history: `${order}/history`, ordersOfCustomer: ofCustomer };
}

function noSuchOrder(orderId: string): Refusal {
  return { code: 'not-found', explanation: `There is no order ${orderId}.` };
}
