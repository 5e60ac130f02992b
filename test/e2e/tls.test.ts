// PAI itself is reached over TLS; here its sandbox stands behind a certificate of its own.
import { describe, expect, test } from 'vitest';
import { startMain } from '../support/programs.js';
import { startTlsUpstream, type TlsUpstream } from '../support/tls-upstream.js';
import { DOCUMENTED_ID, postGraphql } from '../support/with-app.js';

const NAME = `{ model(id: "${DOCUMENTED_ID}") { name } }`;

const settingsOf = ({ url }: TlsUpstream) => ({
  PORT: '0',
  PAI_ENDPOINT: url,
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'sandbox',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'sandbox-secret',
});

describe.concurrent('an upstream behind TLS', () => {
  test('is asked when its certificate is trusted', async () => {
    await using upstream = await startTlsUpstream();
    const trust = { NODE_EXTRA_CA_CERTS: upstream.certificate };
    await using main = startMain({ ...settingsOf(upstream), ...trust });
    const { data, errors } = await postGraphql(await main.url, { query: NAME });
    expect(errors).toEqual([]);
    expect(data).toEqual({ model: { name: '情感分析' } });
    expect(upstream.requests).toHaveLength(1);
  });

  test('is asked over a new connection where the kept one has ended', async () => {
    await using upstream = await startTlsUpstream({ isForgetful: true });
    const trust = { NODE_EXTRA_CA_CERTS: upstream.certificate };
    await using main = startMain({ ...settingsOf(upstream), ...trust });
    const url = await main.url;
    await postGraphql(url, { query: NAME });
    const { errors, extensions } = await postGraphql(url, {
      query: '{ models(first: 1) { nodes { id } } }',
    });
    expect(errors).toEqual([]);
    expect(extensions.upstream).toMatchObject({ calls: 1, retries: 1 });
    expect(upstream.requests).toHaveLength(2);
  });

  test('is told nothing when its certificate is not trusted', async () => {
    await using upstream = await startTlsUpstream();
    await using main = startMain(settingsOf(upstream));
    const { data, errors } = await postGraphql(await main.url, { query: NAME });
    expect(data).toEqual({ model: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(upstream.requests).toEqual([]);
  });
});
