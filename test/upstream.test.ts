import { expect, test } from 'vitest';
import { chooseUpstream } from '../src/upstream.js';

test.each([
  [
    'public',
    'https://aiworkspace.cn-hangzhou.aliyuncs.com',
    'https://sts.cn-hangzhou.aliyuncs.com',
  ],
  [
    'vpc',
    'https://aiworkspace-vpc.cn-hangzhou.aliyuncs.com',
    'https://sts-vpc.cn-hangzhou.aliyuncs.com',
  ],
] as const)(
  'a region has %s endpoints for the registry and for STS',
  async (network, baseUrl, stsEndpoint) => {
    const key = { accessKeyId: 'id', accessKeySecret: 'secret' };
    const target = {
      kind: 'pai',
      region: 'cn-hangzhou',
      network,
      endpoint: null,
      key,
      keyFiles: null,
      role: null,
      oidcTokenFile: null,
    } as const;
    expect(await chooseUpstream(target)).toMatchObject({ baseUrl, stsEndpoint });
  },
);

const HANGZHOU = 'https://aiworkspace-vpc.cn-hangzhou.aliyuncs.com';
const CUSTOM = 'PAI at a custom endpoint (PAI_ENDPOINT)';

test.each([
  ['cn-hangzhou', null, 'PAI in cn-hangzhou'],
  ['cn-hangzhou', HANGZHOU, 'PAI in cn-hangzhou'],
  ['cn-hangzhou', 'https://pai.example.com', CUSTOM],
  ['cn-shanghai', HANGZHOU, CUSTOM],
  [null, HANGZHOU, CUSTOM],
])('with the region %s and the endpoint %s the source is %s', async (region, endpoint, source) => {
  const key = { accessKeyId: 'id', accessKeySecret: 'secret' };
  const keys = { key, keyFiles: null, role: null, oidcTokenFile: null };
  const target = { kind: 'pai', region, network: 'public', endpoint, ...keys } as const;
  expect((await chooseUpstream(target)).source).toBe(source);
});
