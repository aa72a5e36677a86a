import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { type Client, ProblemError } from '../../client/index.ts';
import { readTicketCode } from '../../container/browser.ts';
import { useTexts } from '../shared/text.ts';
import { Licenses } from './licenses.tsx';
import { ContainerLink, customerName, OrderLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { hrefOf } from './route.ts';
import { Table } from './table.tsx';

const MOST = 20;

/** One field for everything. The key `/` leads to it. */
export function SearchField(): ReactNode {
  const { text } = useTexts();
  const field = useRef<HTMLInputElement>(null);
  const [sought, setSought] = useState('');
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (sought.trim() !== '') location.hash = hrefOf('search', sought.trim());
  };
  return (
    <search className="find">
      <form onSubmit={submit}>
        <input
          ref={field}
          type="search"
          aria-label={text('console.search')}
          placeholder={text('console.search.help')}
          value={sought}
          onChange={(event) => setSought(event.target.value)}
        />
      </form>
    </search>
  );
}

export function SearchView({ text: sought }: { readonly text: string }): ReactNode {
  const { text } = useTexts();
  return (
    <section className="card">
      <h2>
        {text('console.search')}: {sought}
      </h2>
      <Loaded queryKey={['search', sought]} load={(vendor) => search(vendor, sought)}>
        {({ orders, licenses, containers }) => (
          <>
            {orders.length + licenses.length + containers.length === 0 && (
              <p>{text('console.search.none', { text: sought })}</p>
            )}
            {orders.length > 0 && (
              <Table
                caption={text('list.order')}
                rows={orders}
                keyOf={({ orderId }) => orderId}
                columns={[
                  { title: 'list.order', cell: ({ orderId }) => <OrderLink id={orderId} /> },
                  { title: 'list.customer', cell: ({ customer }) => customerName(customer) },
                  { title: 'list.ticket', cell: ({ ticket }) => <span className="code">{ticket}</span> },
                ]}
              />
            )}
            {licenses.length > 0 && <Licenses caption={text('list.license')} licenses={licenses} withOrder />}
            {containers.length > 0 && (
              <Table
                caption={text('list.container')}
                rows={containers}
                keyOf={({ serial }) => serial}
                columns={[
                  {
                    title: 'list.container',
                    cell: ({ serial, name }) => <ContainerLink serial={serial} name={name} />,
                  },
                  { title: 'list.counter', cell: ({ counter }) => counter },
                ]}
              />
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

type Orders = Awaited<ReturnType<Client['listOrders']>>['items'];
type FoundOrders = readonly Pick<Orders[number], 'orderId' | 'customer' | 'ticket'>[];

/** A serial begins with at least this many characters when it is sought. */
const SERIAL = /^[A-Za-z0-9_-]{8,43}$/;
const LICENSE = /^[0-9A-Z]{16,32}$/;

/** Looks in every place where the text can be an id, and among the names of customers. */
async function search(vendor: Client, sought: string) {
  const ticket = readTicketCode(sought);
  const [byTicket, byId, byCustomer, license, containers] = await Promise.all([
    ticket === undefined ? undefined : found(vendor.lookUpTicket({ params: { code: ticket } })),
    found(vendor.listOrders({ query: { orderId: sought } })),
    found(ordersOf(vendor, sought)),
    LICENSE.test(sought) ? found(vendor.getLicense({ params: { license: sought } })) : undefined,
    SERIAL.test(sought) ? found(vendor.listContainers({ query: { serial: sought, limit: MOST } })) : undefined,
  ]);
  const orders: FoundOrders = [
    ...(byTicket === undefined ? [] : [byTicket]),
    ...(byId?.items ?? []),
    ...(byCustomer ?? []),
  ];
  const unique = [...new Map(orders.map((order) => [order.orderId, order])).values()];
  return { orders: unique, licenses: license === undefined ? [] : [license], containers: containers?.items ?? [] };
}

async function ordersOf(vendor: Client, piece: string): Promise<FoundOrders> {
  const { items } = await vendor.listCustomers({ query: { search: piece, limit: MOST } });
  const lists = await Promise.all(
    items.map(({ name }) => vendor.listOrders({ query: { customer: name, limit: MOST } })),
  );
  return lists.flatMap(({ items: orders }) => orders);
}

/** Nothing where the text cannot be such an id, or names nothing. Other failures are failures. */
async function found<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProblemError && ['not-found', 'invalid-request'].includes(error.code)) return undefined;
    throw error;
  }
}
