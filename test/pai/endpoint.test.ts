import { expect, test } from 'vitest';
import { regionalEndpoint, stsEndpoint } from '../../src/pai/endpoint.js';

test('each region has its registry and its token service, in public and in the VPC', () => {
  expect([
    regionalEndpoint('cn-hangzhou', 'public'),
    regionalEndpoint('cn-hangzhou', 'vpc'),
    stsEndpoint('ap-southeast-1', 'public'),
    stsEndpoint('ap-southeast-1', 'vpc'),
  ]).toEqual([
    'https://aiworkspace.cn-hangzhou.aliyuncs.com',
    'https://aiworkspace-vpc.cn-hangzhou.aliyuncs.com',
    'https://sts.ap-southeast-1.aliyuncs.com',
    'https://sts-vpc.ap-southeast-1.aliyuncs.com',
  ]);
});
