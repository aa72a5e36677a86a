import { defined } from '../../../domain/defined.ts';
import { shownTerms } from '../../../domain/duration.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { HistoryEvent } from '../../store/history-items.ts';
import { getLicenses, type StoredLicense } from '../../store/license-item.ts';
import { getOrder, type StoredOrder } from '../../store/order-item.ts';

/** A license that an event names beside its own: the predecessor or the successor. */
export interface OtherLicense {
  readonly license: string;
  readonly product: string;
  readonly terms: ReturnType<typeof shownTerms>;
}

/** What a message says about the order and the licenses of its event, so that the receiver need not ask for them. */
export interface EventDetails {
  readonly ticket?: string;
  readonly customer?: NonNullable<StoredOrder['customer']>;
  readonly product?: string;
  readonly terms?: ReturnType<typeof shownTerms>;
  readonly otherLicenses?: readonly OtherLicense[];
}

type SoldTo = Pick<EventDetails, 'ticket' | 'customer'>;

/** Reads the details of events. Reads each order once, because the events of a batch often concern the same order. */
export interface EventDetailsReader {
  /** @returns the details of each event, in the order of the events. */
  read(events: readonly HistoryEvent[]): Promise<readonly EventDetails[]>;
}

export function createEventDetailsReader(dependencies: Dependencies): EventDetailsReader {
  const sold = new Map<string, Promise<SoldTo>>();
  const soldTo = (orderId: string): Promise<SoldTo> => {
    const known = sold.get(orderId) ?? readOrder(dependencies, orderId);
    sold.set(orderId, known);
    return known;
  };
  return {
    async read(events) {
      const orders = await Promise.all(
        events.map(async ({ orderId }): Promise<SoldTo> => (orderId === undefined ? {} : soldTo(orderId))),
      );
      const wanted = events.flatMap((event, index) => {
        const ticket = orders[index]?.ticket;
        return ticket === undefined ? [] : licensesOf(event).map((id) => ({ ticket, id }));
      });
      const licenses = await getLicenses(dependencies, wanted);
      return events.map((event, index) => ({ ...orders[index], ...detailsOf(event, licenses) }));
    },
  };
}

/** An event of a webhook can name an order that does not exist. */
async function readOrder(dependencies: Dependencies, orderId: string): Promise<SoldTo> {
  const order = await getOrder(dependencies, orderId);
  return order === undefined ? {} : defined({ ticket: order.ticket, customer: order.customer });
}

function licensesOf({ license, predecessor, successor }: HistoryEvent): string[] {
  return [license, predecessor, successor].filter((id) => id !== undefined);
}

function detailsOf(event: HistoryEvent, licenses: ReadonlyMap<string, StoredLicense>): EventDetails {
  const [own, ...others] = [event.license, event.predecessor, event.successor].map((id) =>
    id === undefined ? undefined : licenses.get(id),
  );
  const otherLicenses = others.flatMap((other) =>
    other === undefined ? [] : [{ license: other.id, product: other.product, terms: shownTerms(other.terms) }],
  );
  return {
    ...(own === undefined ? {} : { product: own.product, terms: shownTerms(own.terms) }),
    ...(otherLicenses.length === 0 ? {} : { otherLicenses }),
  };
}
