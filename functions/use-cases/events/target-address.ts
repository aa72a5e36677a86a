import type { LookupAddress } from 'node:dns';
import ipaddr from 'ipaddr.js';

/** Where events must not go: an event endpoint is named by whoever has a token, and must not open inner doors to him. */

export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** What a machine of the vendor's own may be, when the runtime's setting allows it: never link-local, where metadata is. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal']);

/** Where clouds tell a machine its secrets, at addresses that no range gives away: AWS by IPv6, Azure, Oracle. */
const METADATA: readonly [string, number][] = [
  ['fd00:ec2::', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
];
/** All that IPv6 has given to the open internet (RFC 4291); the rest holds IPv4 in new clothes, or nothing. */
const GLOBAL_IPV6: [string, number] = ['2000::', 3];

/** Whether an address is one of the open internet; with `allowPrivate`, also of this machine or its network. */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  // A zone (`fe80::1%eth0`) makes an address of this link, whatever else it says.
  if (!ipaddr.isValid(address) || address.includes('%')) return false;
  // `process` turns an IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) into what it is.
  const parsed = ipaddr.process(address);
  if (METADATA.some(([start, bits]) => isWithin(parsed, start, bits))) return false;
  const range = parsed.range();
  if (allowPrivate && PRIVATE_RANGES.has(range)) return true;
  return range === 'unicast' && (parsed.kind() === 'ipv4' || isWithin(parsed, ...GLOBAL_IPV6));
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, start: string, bits: number): boolean {
  const network = ipaddr.parse(start);
  return address.kind() === network.kind() && address.match(network, bits);
}

/** TLS for the web is spoken here, or on a port that nobody needs a right for: below are mail, shells and name servers. */
const WEB_PORT = 443;
const FIRST_OPEN_PORT = 1024;

/**
 * Why a URL cannot be an endpoint, in words; `undefined` when it can. A name is not resolved here but at every delivery,
 * because it may lead elsewhere tomorrow.
 */
export function faultOfTarget(url: string, allowPrivate: boolean): string | undefined {
  const target = URL.parse(url);
  if (target === null) return 'not a URL';
  if (target.protocol !== 'https:' && !(allowPrivate && target.protocol === 'http:')) return 'must be an https address';
  if (target.username !== '' || target.password !== '') return 'must not contain a user name or a password';
  const port = target.port === '' ? WEB_PORT : Number(target.port);
  if (!allowPrivate && port !== WEB_PORT && port < FIRST_OPEN_PORT)
    return `must use port ${WEB_PORT}, or one from ${FIRST_OPEN_PORT} on`;
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
