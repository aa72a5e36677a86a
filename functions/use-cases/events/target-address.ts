import type { LookupAddress } from 'node:dns';
import ipaddr from 'ipaddr.js';

/**
 * The URLs and addresses that events may be sent to. The caller of the API chooses an event endpoint, and must not reach
 * internal services through it (server-side request forgery).
 */

/** An endpoint's name resolved to an address that is not allowed, or to none. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** Ranges that `allowPrivate` adds. Link-local addresses stay refused: metadata services have them. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal']);

/** Metadata services of AWS (IPv6), Azure and Oracle: their addresses are in ranges that are allowed otherwise. */
const METADATA: readonly [string, number][] = [
  ['fd00:ec2::', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
];
/** The global unicast addresses of IPv6 (RFC 4291). The other ranges embed IPv4 addresses or are unassigned. */
const GLOBAL_IPV6: [string, number] = ['2000::', 3];

/** Whether events may be sent to the address: a public one or, with `allowPrivate`, also this machine's and its network's. */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  // An address with a zone (`fe80::1%eth0`) is link-local.
  if (!ipaddr.isValid(address) || address.includes('%')) return false;
  // `process` converts an IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) to IPv4.
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

/** Ports below 1024 other than 443 are refused, because mail, shells and name servers listen there. */
const WEB_PORT = 443;
const FIRST_UNPRIVILEGED_PORT = 1024;

/** Names that never lead to the public internet (RFC 6761, RFC 6762, RFC 8375, and ICANN's reservation of `internal`). */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|localdomain|local|internal|home\.arpa)\.?$/;

/**
 * Why a URL cannot be an endpoint, in words; `undefined` if it can. A name is resolved at every delivery and not here, because
 * its addresses can change. Only a name that is private by definition is refused here.
 */
export function faultOfTarget(url: string, allowPrivate: boolean): string | undefined {
  const target = URL.parse(url);
  if (target === null) return 'not a URL';
  if (target.protocol !== 'https:' && !(allowPrivate && target.protocol === 'http:')) return 'must be an https address';
  if (target.username !== '' || target.password !== '') return 'must not contain a user name or a password';
  const port = target.port === '' ? WEB_PORT : Number(target.port);
  if (!allowPrivate && port !== WEB_PORT && port < FIRST_UNPRIVILEGED_PORT)
    return `must use port ${WEB_PORT} or a port from ${FIRST_UNPRIVILEGED_PORT} on`;
  if (target.hash !== '') return 'must not contain a fragment';
  const literal = literalAddress(target);
  if (literal !== undefined && !isAllowedAddress(literal, allowPrivate)) return 'must be a public address';
  if (!allowPrivate && PRIVATE_NAME.test(target.hostname))
    return `must be a public address, and ${target.hostname} is a name of this machine or its network`;
  return undefined;
}

/** Whether the URL would be allowed with `allowPrivate`: then a setting helps, and not another URL. */
export function isPrivateTarget(url: string): boolean {
  return faultOfTarget(url, false) !== undefined && faultOfTarget(url, true) === undefined;
}

/** The IP address in a URL; `undefined` if it has a name. `URL` has already normalized `0x7f.1` to `127.0.0.1`. */
function literalAddress({ hostname }: URL): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : undefined;
}

/**
 * Returns the addresses of a name if all of them are allowed: a name with a public and a private address is an attempt to reach
 * the private one.
 * @throws TargetRefused
 */
export function checkAddresses(
  hostname: string,
  addresses: readonly LookupAddress[],
  allowPrivate: boolean,
): readonly LookupAddress[] {
  for (const { address } of addresses) {
    if (!isAllowedAddress(address, allowPrivate))
      throw new TargetRefused(`${hostname} has the address ${address}, which is not allowed`);
  }
  if (addresses.length === 0) throw new TargetRefused(`${hostname} has no address`);
  return addresses;
}
