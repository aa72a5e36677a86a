/** What the endpoints answer, under the short names that tests use. Every answer is held to these schemas (`contract.ts`). */
import type { AnswerOf } from '../../contract/endpoints.ts';

type License = AnswerOf<'getLicense'>;
/** As the vendor or a ticket's user sees it: only the vendor sees the order. */
export type LicenseBody = Omit<License, 'orderId'> & Partial<Pick<License, 'orderId'>>;
export type OrderBody = AnswerOf<'createOrder'>;
export type TicketBody = AnswerOf<'getTicket'>;
export type ReprogrammingBody = AnswerOf<'createReprogramming'>;
export type ConflictBody = ReprogrammingBody['dropped'][number];
export type AutoUpdateBody = AnswerOf<'findAutoUpdates'>['items'][number];
export type ContainerBody = AnswerOf<'getContainer'>;
export type EventBody = AnswerOf<'getOrderHistory'>['items'][number];

export interface ListBody<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string;
}

/** What an order on a license came to. */
export interface PendingBody {
  readonly status: 'withdrawn' | 'pending' | 'replaced' | 'cancelled';
  readonly container?: string;
  readonly license?: LicenseBody;
}

export interface ProblemBody {
  readonly type: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [more: string]: unknown;
}
