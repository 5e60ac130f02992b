// The address that a request comes from: its peer, or the address that trusted proxies report. Pure.
import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';

/** `forwardedFor`: all values of X-Forwarded-For in the order in which they came. */
export type ClientAddress = (peer: string, forwardedFor: readonly string[]) => string;

/**
 * Each proxy appends the address of its own peer, so the nearest proxy wrote the last hop. From there leftwards
 * each hop is believed as long as the proxy that wrote it is trusted; any client may have written the rest.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  if (trustedProxies.length === 0) return plainAddress;
  const trusted = rangesOf(trustedProxies);
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && trusted.check(address, familyOf(address));

  return (peer, forwardedFor) => {
    let address = plainAddress(peer);
    if (!isTrusted(address)) return address;
    for (const hop of forwardedFor.join(',').split(',').reverse()) {
      const reported = addressOfHop(hop);
      // An unknown sender wrote the hops further left.
      if (reported === null) return address;
      address = reported;
      if (!isTrusted(address)) return address;
    }
    return address;
  };
}

function rangesOf(trustedProxies: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const range of trustedProxies) {
    const [address = '', prefix] = range.split('/');
    if (prefix !== undefined) ranges.addSubnet(address, Number(prefix), familyOf(address));
    else ranges.addAddress(plainAddress(address), familyOf(plainAddress(address)));
  }
  return ranges;
}

const WITH_BRACKETS = /^\[([^[\]]+)\](?::\d{1,5})?$/;
const IPV4_WITH_PORT = /^([\d.]+):\d{1,5}$/;

/** null: it is not an address. */
function addressOfHop(hop: string): string | null {
  const text = hop.trim();
  const bare = WITH_BRACKETS.exec(text)?.[1] ?? IPV4_WITH_PORT.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? null : plainAddress(bare);
}

const IPV4_IN_IPV6 = '::ffff:';

/** Gives one form per address: without a zone, and an IPv4-mapped IPv6 address as the IPv4 address. */
function plainAddress(address: string): string {
  if (isIPv4(address)) return address;
  const [bare = ''] = address.split('%', 1);
  if (isIP(bare) === 0) return bare;
  const text = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return text.startsWith(IPV4_IN_IPV6) && text.includes('.')
    ? text.slice(IPV4_IN_IPV6.length)
    : text;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

/** The addresses that count as one: the holder of an IPv6 address has its whole /64 and may use any address of it. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
