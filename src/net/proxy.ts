// Decides which requests go through the proxy of HTTPS_PROXY, and makes the connections through it.
import type { ClientRequestArgs } from 'node:http';
import type { AgentOptions } from 'node:https';
import { BlockList, isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HttpsProxyAgent } from 'hpagent';
import { isLoopbackName } from '../lib/loopback.js';

export interface ProxyRules {
  /** The URL of the proxy for https. Plain http is spoken on the loopback alone, which no proxy reaches. */
  readonly https: string;
  /** Hosts, domains, addresses and ranges that are reached directly, as NO_PROXY has them. */
  readonly except: readonly string[];
}

/** The instance metadata service: a proxy would ask for the keys of its own machine. */
const METADATA = '100.100.100.200';

/** null: the host is reached directly. */
export function proxyFor(url: URL, rules: ProxyRules | null): string | null {
  if (rules === null || url.protocol !== 'https:') return null;
  const host = bare(url.hostname);
  if (isLoopbackName(host) || host === METADATA) return null;
  const port = url.port || '443';
  return rules.except.some((entry) => covers(entry.toLowerCase(), host, port)) ? null : rules.https;
}

/** The forms that curl and Go know: `*`, a domain with its subdomains, an address, a range; with a port or without. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInRange(entry, host);
  const [, name = entry, onlyPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const domain = bare(name).replace(/^\*?\./, '');
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function isInRange(range: string, host: string): boolean {
  const [address = '', prefix] = range.split('/');
  const [family, other] = [isIP(host), isIP(address)];
  if (family === 0 || family !== other) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), type);
  return list.check(host, type);
}

/** A URL has an IPv6 address in brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

interface TunnelOptions extends AgentOptions {
  readonly proxy: string;
  /** Limits the time in which the proxy connects: Node ends a request without a connection only when the agent does. */
  readonly connectMs: number;
}

/** The codes of the errors of a proxy. */
export const PROXY_FAILED = 'EPROXY';
export const PROXY_LATE = 'EPROXYLATE';

/** Kept connections through a proxy. */
export class TunnelAgent extends HttpsProxyAgent {
  readonly #connectMs;

  constructor({ connectMs, ...options }: TunnelOptions) {
    super(options);
    this.#connectMs = connectMs;
  }

  override createConnection(
    options: ClientRequestArgs,
    callback: (error: Error | null, socket: Duplex) => void,
  ) {
    const timeout = this.#connectMs;
    const startedAt = performance.now();
    return super.createConnection({ ...options, timeout }, (error, socket) => {
      // A connection that waits for its next request has no limit.
      if (socket instanceof Socket) socket.setTimeout(0);
      // A timer may be early by the part of a millisecond.
      const isLate = performance.now() - startedAt >= timeout - 1;
      callback(error && proxyError(isLate ? PROXY_LATE : PROXY_FAILED), socket);
    });
  }
}

/** The error of the agent may quote what the proxy says. */
function proxyError(code: string): Error {
  return Object.assign(new Error('The proxy gave no connection.'), { code });
}
