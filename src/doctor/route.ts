// The way to PAI: the host that is asked, and the proxy before it. Where that host does not answer in time, the region's
// other host is tried.
import type { Config } from '../config/config.js';
import { proxyFor } from '../net/proxy.js';
import { regionalEndpoint, type Upstream } from '../upstream.js';
import { type Finding, fail, ok, skip } from './finding.js';
import type { Call } from './operations.js';
import { remedyFor } from './remedies.js';

type Target = Config['upstream']['target'];

const NAMES = { public: 'public host', vpc: 'VPC host' } as const;
const OTHER = { public: 'vpc', vpc: 'public' } as const;

/** The base URL to try when the first call had no answer in time; null: there is none, or no need. */
export function otherHost(target: Target, calls: readonly Call[]): string | null {
  if (target.kind === 'sandbox' || target.endpoint !== null || target.region === null) return null;
  const [first] = calls;
  return first !== undefined && isLost(first, /TIMEOUT/)
    ? regionalEndpoint('aiworkspace', target.region, OTHER[target.network])
    : null;
}

/** `tried`: the calls to the other host. */
export function checkRoute(
  { upstream: { target }, proxy }: Config,
  { baseUrl }: Upstream,
  calls: readonly Call[],
  tried: readonly Call[],
): Finding {
  if (target.kind === 'sandbox') return ok('route', 'to the embedded sandbox, directly');
  const [first] = calls;
  if (first === undefined) return skip('route', 'no call was made.');
  const { network } = target;
  const host = target.endpoint === null ? `the ${NAMES[network]} of the region` : 'PAI_ENDPOINT';
  const route = `to ${host}, ${describeProxy(new URL(baseUrl), proxy)}`;
  if (tried.length === 0) {
    if (first.result.kind !== 'failed' || first.date !== undefined) return ok('route', route);
    const remedy = remedyFor(first.result.error, 'Check the network, HTTPS_PROXY and NO_PROXY.');
    return fail('route', `${route}: no answer. ${remedy}`);
  }
  const other = OTHER[network];
  return tried.every((call) => isLost(call, /TIMEOUT|UNAVAILABLE/))
    ? fail(
        'route',
        `${route}: no answer in time, nor from the ${NAMES[other]}. Check the network, HTTPS_PROXY and NO_PROXY.`,
      )
    : fail(
        'route',
        `${route}: no answer in time, but the ${NAMES[other]} answers. Set PAI_NETWORK=${other}.`,
      );
}

function describeProxy(url: URL, proxy: Config['proxy']): string {
  if (proxyFor(url, proxy) !== null) return 'through the proxy of HTTPS_PROXY';
  return proxy === null ? 'directly' : 'directly, although HTTPS_PROXY is set';
}

function isLost({ result }: Call, codes: RegExp): boolean {
  return result.kind === 'failed' && codes.test(result.error.code);
}
