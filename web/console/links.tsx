import type { ReactNode } from 'react';
import { short } from '../shared/api.ts';
import { hrefOf } from './route.ts';

export const LicenseLink = ({ id }: { readonly id: string }): ReactNode => (
  <a className="code" href={hrefOf('license', id)}>
    {id}
  </a>
);

export const OrderLink = ({ id }: { readonly id: string }): ReactNode => <a href={hrefOf('order', id)}>{id}</a>;

/** The vendor's name for the container, or the beginning of its serial. */
export const ContainerLink = ({
  serial,
  name,
}: {
  readonly serial: string;
  readonly name?: string | undefined;
}): ReactNode => (
  <a className="code" href={hrefOf('container', serial)}>
    {name ?? short(serial)}
  </a>
);

/** A customer is a text, or the vendor's own members. */
export function customerName(customer: string | Readonly<Record<string, string>> | undefined): string {
  if (customer === undefined) return '';
  return typeof customer === 'string' ? customer : (customer.name ?? Object.values(customer).join(', '));
}
