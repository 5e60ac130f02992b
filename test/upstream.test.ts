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
    } as const;
    expect(await chooseUpstream(target)).toMatchObject({ baseUrl, stsEndpoint });
  },
);
