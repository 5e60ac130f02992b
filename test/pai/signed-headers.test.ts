// The headers of one attempt: all that PAI checks, all of it signed.
import { describe, expect, it } from 'vitest';
import { getModelRequest } from '../../src/pai/request.js';
import { authorization, signedHeaders } from '../../src/pai/sign.js';

const HOST = 'aiworkspace.cn-hangzhou.aliyuncs.com';
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const keys = { accessKeyId: 'testAccessKeyId', accessKeySecret: 'testAccessKeySecret' };
const stamp = {
  now: new Date('2026-01-02T03:04:05.678Z'),
  nonce: '0123456789abcdef0123456789abcdef',
};
const request = getModelRequest('model-abc');

describe('signedHeaders', () => {
  it('gives the headers of the official vector, without milliseconds in the date', () => {
    const { authorization: value, ...headers } = signedHeaders(request, HOST, keys, stamp);
    expect(headers).toEqual({
      host: HOST,
      'x-acs-action': 'GetModel',
      'x-acs-version': '2021-02-04',
      'x-acs-date': '2026-01-02T03:04:05Z',
      'x-acs-signature-nonce': stamp.nonce,
      'x-acs-content-sha256': EMPTY_HASH,
      accept: 'application/json',
      'user-agent': 'pai-model-graph',
    });
    // The signature of the vector min-get-model.
    expect(value).toMatch(/2d8f913926bf42a4af991d2c5fcbac1bcb54bbc7975ec25578fe7db56f9729c5$/);
  });

  it.each([undefined, 'CAIS+test/Security=Token=='])(
    'signs host and every x-acs-* header that is sent, and no other (token %s)',
    (securityToken) => {
      const credentials = securityToken === undefined ? keys : { ...keys, securityToken };
      const headers = signedHeaders(request, HOST, credentials, stamp);
      expect(headers['x-acs-security-token']).toBe(securityToken);
      const sent = Object.keys(headers).filter((name) =>
        /^(host|content-type|x-acs-.*)$/.test(name),
      );
      expect(signedNames(headers)).toEqual(sent.sort());
      const { authorization: value, ...rest } = headers;
      const input = { method: 'GET', ...request, headers: rest, payloadHash: EMPTY_HASH };
      expect(value).toBe(authorization(input, keys));
    },
  );

  it('signs anew for another date and for another nonce', () => {
    const stamps = [stamp, { ...stamp, nonce: 'another' }, { ...stamp, now: new Date(0) }];
    const all = stamps.map((each) => signedHeaders(request, HOST, keys, each));
    expect(new Set(all.map((headers) => headers.authorization)).size).toBe(3);
    expect(all[1]?.['x-acs-signature-nonce']).toBe('another');
    expect(all[2]?.['x-acs-date']).toBe('1970-01-01T00:00:00Z');
  });

  it('holds the secret nowhere', () => {
    const headers = signedHeaders(request, HOST, keys, stamp);
    expect(JSON.stringify(headers)).not.toContain(keys.accessKeySecret);
  });
});

function signedNames(headers: Record<string, string>): string[] {
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  return names.split(';');
}
