import { expect, test } from 'vitest';
import { regionalEndpoint } from '../src/upstream.js';

test('each region has its registry and its token service, in public and in the VPC', () => {
  expect([
    regionalEndpoint('aiworkspace', 'cn-hangzhou', 'public'),
    regionalEndpoint('aiworkspace', 'cn-hangzhou', 'vpc'),
    regionalEndpoint('sts', 'ap-southeast-1', 'public'),
    regionalEndpoint('sts', 'ap-southeast-1', 'vpc'),
  ]).toEqual([
    'https://aiworkspace.cn-hangzhou.aliyuncs.com',
    'https://aiworkspace-vpc.cn-hangzhou.aliyuncs.com',
    'https://sts.ap-southeast-1.aliyuncs.com',
    'https://sts-vpc.ap-southeast-1.aliyuncs.com',
  ]);
});
