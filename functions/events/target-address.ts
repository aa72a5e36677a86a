import type { LookupAddress } from 'node:dns';
import ipaddr from 'ipaddr.js';

/** Where events must not go: an event endpoint is named by whoever has a token, and must not open inner doors to him. */

export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** What a machine of the vendor's own may be, when the runtime's setting allows it: never link-local, where metadata is. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal']);

/** Whether an address is one of the open internet; with `allowPrivate`, also of this machine or its network. */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  // A zone (`fe80::1%eth0`) makes an address of this link, whatever else it says.
  if (!ipaddr.isValid(address) || address.includes('%')) return false;
  // `process` turns an IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) into what it is.
  const range = ipaddr.process(address).range();
  return range === 'unicast' || (allowPrivate && PRIVATE_RANGES.has(range));
}

/**
 * Why a URL cannot be an endpoint, in words; `undefined` when it can. A name is not resolved here but at every delivery,
 * because it may lead elsewhere tomorrow.
 */
export function faultOfTarget(url: string, allowPrivate: boolean): string | undefined {
  const target = URL.parse(url);
  if (target === null) return 'not a URL';
  if (target.protocol !== 'https:' && !(allowPrivate && target.protocol === 'http:')) return 'must be an https address';
  if (target.username !== '' || target.password !== '') return 'must not contain a user name or a password';
  if (target.hash !== '') return 'must not contain a fragment';
  const literal = literalAddress(target);
  if (literal !== undefined && !isAllowedAddress(literal, allowPrivate))
    return 'must be an address of the open internet';
  return undefined;
}

/** The address that a URL names by its number; the parser has already written `0x7f.1` and its kin as `127.0.0.1`. */
export function literalAddress({ hostname }: URL): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : undefined;
}

/** The addresses of a name, refused if one of them is: a name that mixes both was made to be tried twice. */
export function checkAddresses(
  hostname: string,
  addresses: readonly LookupAddress[],
  allowPrivate: boolean,
): readonly LookupAddress[] {
  for (const { address } of addresses) {
    if (!isAllowedAddress(address, allowPrivate)) throw new TargetRefused(`${hostname} leads to ${address}`);
  }
  if (addresses.length === 0) throw new TargetRefused(`${hostname} leads nowhere`);
  return addresses;
}
