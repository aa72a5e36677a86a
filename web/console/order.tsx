import type { ReactNode } from 'react';
import { useTexts } from '../shared/text.ts';
import { History } from './history.tsx';
import { Licenses } from './licenses.tsx';
import { customerName } from './links.tsx';
import { Loaded } from './loaded.tsx';

export function OrderView({ orderId }: { readonly orderId: string }): ReactNode {
  const { text, time } = useTexts();
  const heading = text('order.heading', { order: orderId });
  return (
    <>
      <Loaded queryKey={['order', orderId]} load={(vendor) => vendor.getOrder({ params: { orderId } })}>
        {({ customer, ticket, createdAt, licenses }) => (
          <section className="card">
            <h2>{heading}</h2>
            <p>
              {customerName(customer)} · {time(createdAt)} · <span className="code">{ticket}</span>
            </p>
            <p>
              <a href={`/#ticket=${ticket}`} target="_blank" rel="noreferrer">
                {text('see.depot')}
              </a>
            </p>
            <Licenses caption={heading} licenses={licenses} />
          </section>
        )}
      </Loaded>
      <History
        of={['order', orderId]}
        load={(vendor, query) => vendor.getOrderHistory({ params: { orderId }, query })}
      />
    </>
  );
}
