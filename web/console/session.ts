import { createContext, useContext } from 'react';
import { type Client, createClient } from '../../client/index.ts';
import { SERVER } from '../shared/api.ts';

/** The token is in the storage of this tab alone, and gone with it. */
const KEY = 'token';

export const storedToken = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;

export function storeToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

export const vendorClient = (token: string): Client => createClient({ server: SERVER, token, attempts: 2 });

export const VendorContext = createContext<Client | undefined>(undefined);

/** The client of the person who signed in. */
export function useVendor(): Client {
  const vendor = useContext(VendorContext);
  if (vendor === undefined) throw new Error('Bug: nobody has signed in');
  return vendor;
}
