// Whether the servers answer that authentication needs beside PAI: STS, and the key server of JWT_JWKS.
import type { Config } from '../config/config.js';
import { isUrl } from '../config/forms.js';
import { AppError } from '../domain/errors.js';
import { SYSTEM_CLOCK } from '../lib/time.js';
import { createHttpClient } from '../net/http-client.js';
import type { Upstream } from '../upstream.js';
import { type Finding, fail, ok } from './finding.js';
import { remedyFor } from './remedies.js';

/** No line unless STS is asked for the keys of callers. */
export async function checkSts(
  { identity, proxy, upstream: { timeoutMs } }: Config,
  { stsEndpoint }: Upstream,
): Promise<readonly Finding[]> {
  if (identity.kind === 'service') return [];
  const bounds = { maxMegabytes: 1, maxSockets: 1, timeoutMs };
  const client = createHttpClient({ serverName: 'token service', ...bounds, proxy });
  try {
    // Without a token it refuses, which shows that it is reached.
    await client.send({ url: identity.stsEndpoint ?? stsEndpoint });
    return [ok('STS', 'answers; whether it accepts the tokens of callers shows with the first')];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const remedy = remedyFor(error, 'Check the network, PAI_NETWORK and PAI_STS_ENDPOINT.');
    return [fail('STS', `${error.message} ${remedy}`)];
  } finally {
    client.close();
  }
}

/** No line unless JWT_JWKS is a URL. */
export async function checkKeyServer({
  auth: { jwt },
  proxy,
}: Config): Promise<readonly Finding[]> {
  if (jwt === null || !isUrl(jwt.jwks)) return [];
  const problems: string[] = [];
  const { openKeySet } = await import('../auth/key-set.js');
  const keySet = await openKeySet({
    source: jwt.jwks,
    proxy,
    monotonic: SYSTEM_CLOCK.monotonic,
    onProblem: (_, reasons) => problems.push(...reasons),
  });
  const keys = await keySet.obtain();
  keySet.close();
  return [
    keys === null
      ? fail('JWT_JWKS', `${problems.join(' ')} Until it does, requests with tokens are refused.`)
      : ok('JWT_JWKS', 'the key server gives keys'),
  ];
}
