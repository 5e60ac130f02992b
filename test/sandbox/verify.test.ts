// The signed requests that the sandbox takes and those that it refuses, over a socket.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.js';
import { callSandbox, send, wireDate } from './signed-call.js';

describe('the verifier on a socket', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({
      keys: [
        { id: 'sandbox', secret: 'sandbox-secret' },
        { id: 'STS.one', secret: 'sts-secret', securityToken: 'token/+=' },
      ],
    });
  });
  afterAll(() => sandbox.close());

  async function codeOf(options: Parameters<typeof callSandbox>[1]): Promise<unknown[]> {
    const { status, json } = await callSandbox(sandbox, options);
    return [status, json.Code];
  }

  it('takes a good request and names it by the same id in header and body', async () => {
    const { status, json, headers } = await callSandbox(sandbox);
    expect(status).toBe(200);
    expect(json.RequestId).toMatch(/^[0-9A-F-]{36}$/);
    expect(headers['x-acs-request-id']).toBe(json.RequestId);
  });

  const mismatch = [400, 'SignatureDoesNotMatch'];
  it('refuses another secret, a changed path and a changed query', async () => {
    const append = (text: string) => ({
      spoil: (sent: { path: string }) => {
        sent.path += text;
      },
    });
    expect(await codeOf({ secret: 'guess' })).toEqual(mismatch);
    expect(await codeOf(append('x'))).toEqual(mismatch);
    expect(await codeOf(append('?a=b'))).toEqual(mismatch);
  });

  it('refuses a changed header', async () => {
    const date = wireDate(Date.now() - 5000);
    const refusal = codeOf({
      spoil: ({ headers }) => {
        headers['x-acs-date'] = date;
      },
    });
    expect(await refusal).toEqual(mismatch);
  });

  it('refuses a changed body and a hash that is not of the body', async () => {
    const body = '{"a":1}';
    expect(
      await codeOf({
        body,
        spoil: (sent) => {
          sent.body = '{"a":2}';
        },
      }),
    ).toEqual(mismatch);
    expect(await codeOf({ body })).toEqual([200, undefined]);
  });

  it('refuses a header of its own family that is not signed', async () => {
    const spoil = ({ headers }: { headers: Record<string, string> }) => {
      headers['x-acs-extra'] = '1';
    };
    expect(await codeOf({ spoil })).toEqual([400, 'IncompleteSignature']);
  });

  it('refuses a date more than 15 minutes off on either side, or in another form', async () => {
    const expired = [400, 'InvalidTimeStamp.Expired'];
    expect(await codeOf({ date: wireDate(Date.now() - 16 * 60_000) })).toEqual(expired);
    expect(await codeOf({ date: wireDate(Date.now() + 16 * 60_000) })).toEqual(expired);
    expect(await codeOf({ date: wireDate(Date.now() - 14 * 60_000) })).toEqual([200, undefined]);
    expect(await codeOf({ date: new Date().toISOString() })).toEqual([
      400,
      'InvalidTimeStamp.Format',
    ]);
  });

  it('refuses a nonce that was used, and keeps one that came with a forged signature', async () => {
    const nonce = 'once';
    expect(await codeOf({ nonce, secret: 'guess' })).toEqual(mismatch);
    expect(await codeOf({ nonce })).toEqual([200, undefined]);
    expect(await codeOf({ nonce })).toEqual([400, 'SignatureNonceUsed']);
  });

  it('refuses unknown keys, missing and malformed authorizations', async () => {
    expect(await codeOf({ keyId: 'nobody' })).toEqual([404, 'InvalidAccessKeyId.NotFound']);
    expect(await codeOf({ spoil: ({ headers }) => void delete headers.authorization })).toEqual([
      400,
      'MissingParameter',
    ]);
    expect(
      await codeOf({ spoil: ({ headers }) => void delete headers['x-acs-signature-nonce'] }),
    ).toEqual([400, 'MissingParameter']);
    const spoil = ({ headers }: { headers: Record<string, string> }) => {
      headers.authorization = 'Bearer something';
    };
    expect(await codeOf({ spoil })).toEqual([400, 'IncompleteSignature']);
  });

  it('wants the token of a temporary key, and none of a lasting one', async () => {
    const sts = { keyId: 'STS.one', secret: 'sts-secret' };
    const stranger = [400, 'InvalidSecurityToken.MismatchWithAccessKey'];
    expect(await codeOf({ ...sts, token: 'token/+=' })).toEqual([200, undefined]);
    expect(await codeOf({ ...sts, token: 'old' })).toEqual([400, 'InvalidSecurityToken.Malformed']);
    expect(await codeOf(sts)).toEqual(stranger);
    expect(await codeOf({ token: 'token/+=' })).toEqual(stranger);
  });

  it('refuses other versions, actions, paths and methods', async () => {
    const spoil = ({ headers }: { headers: Record<string, string> }) => {
      headers['x-acs-version'] = '2014-05-26';
    };
    expect(await codeOf({ spoil })).toEqual([400, 'InvalidVersion']);
    const unknown = [404, 'InvalidAction.NotFound'];
    expect(await codeOf({ operation: 'ListModels' })).toEqual(unknown);
    expect(await codeOf({ path: '/api/v1/datasets' })).toEqual(unknown);
    expect(await codeOf({ method: 'DELETE' })).toEqual([403, 'UnsupportedHTTPMethod']);
  });

  it('explains a refusal with the body of PAI', async () => {
    const { json } = await callSandbox(sandbox, { secret: 'guess' });
    expect(Object.keys(json).sort()).toEqual([
      'Code',
      'HostId',
      'Message',
      'Recommend',
      'RequestId',
    ]);
    expect(json.HostId).toBe(new URL(sandbox.url).host);
  });

  it('answers a query that is not percent-encoded UTF-8 with a refusal', async () => {
    const { status } = await send(sandbox, 'GET', '/api/v1/models?Query=%ff', {});
    expect(status).toBe(400);
  });
});
