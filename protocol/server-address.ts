/**
 * Returns the base address of a server without a slash at the end, or `undefined` if the text is not an http or https
 * address, or has a user, a password, a query or a fragment.
 */
export function readServer(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/**
 * Whether others can read and change requests to this server on their way: plain http to another machine.
 *
 * @throws TypeError if `server` is not an address.
 */
export function isExposed(server: string): boolean {
  const { protocol, hostname } = new URL(server);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
  return protocol === 'http:' && !isLoopback;
}
