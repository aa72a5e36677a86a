/** Programs of users of the packages, for their own TypeScript projects. */

/** A program that uses the types. An error that does not come is an error, too. */
export const PROGRAM = `
import { CHECK_REASONS, type CheckReason, Container, ContainerError, sync, type Trust } from '@relicense/container';

export async function useContainer(trust: Trust): Promise<string | undefined> {
  const container = await Container.open('container.json', { trust });
  const check = await container.check('cad', { feature: 'render', released: new Date() });
  if (!check.ok) {
    const reason: CheckReason = check.reason;
    // @ts-expect-error: there is no such reason
    if (reason === 'other') return undefined;
    return CHECK_REASONS.includes(reason) ? reason : undefined;
  }
  const result = await sync(container, { ticket: 'x', activate: 'all', timeoutSeconds: 5 });
  if (!result.ok && result.fault.kind === 'problem') return result.fault.problem.code;
  for (const { terms } of container.content.licenses) if (terms.quantity === 3) return terms.expiresAt;
  // @ts-expect-error: no such option
  await container.check('cad', { features: ['render'] });
  return check.until;
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof ContainerError ? error.code : undefined;
}
`;

/** The same for what only ES modules can import: the client, and the container of a page. */
export const ES_ONLY = `
import { createClient, ProblemError } from '@relicense/client';
import { Container as BrowserContainer } from '@relicense/container/browser';

export async function useClient(): Promise<string[]> {
  const client = createClient({ server: 'https://licenses.example.com', token: 'x' });
  const order = await client.createOrder({ body: { orderId: 'SO-1', items: [{ product: 'cad', quantity: 2 }] } });
  const ticket: string = order.ticket;
  const states: string[] = [ticket];
  for await (const license of client.each('listLicenses', { query: { product: 'cad' } })) {
    const state: 'available' | 'collected-without-receipt' | 'confirmed-collected' | 'returned-without-receipt' | 'withdrawn' | 'replaced' = license.state;
    states.push(state);
  }
  // @ts-expect-error: an order has items
  await client.createOrder({ body: { orderId: 'SO-1' } });
  // @ts-expect-error: an answer has no such member
  states.push(order.nothing);
  // @ts-expect-error: no endpoint has this name
  await client.createOrders();
  return states;
}

export async function useBrowser(keys: object): Promise<boolean> {
  const container = await BrowserContainer.open('main');
  // @ts-expect-error: a page has no files
  await BrowserContainer.create({ path: 'container.json', keys });
  return (await container.check('cad')).ok;
}

export const refused = (error: unknown): boolean => error instanceof ProblemError && error.code === 'not-found';
`;
