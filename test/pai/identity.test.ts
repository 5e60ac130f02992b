import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credentialIdentity, quotaAccount } from '../../src/pai/identity.js';

const KEY = { accessKeyId: 'LTAI-key-id', accessKeySecret: 'key-secret' };
const STS = { ...KEY, securityToken: 'sts-token' };

describe('the identity of credentials', () => {
  test('is the same wherever the same key is', () => {
    expect(credentialIdentity({ ...KEY })).toBe(credentialIdentity(KEY));
    expect(credentialIdentity(KEY)).toMatch(/^[\w-]{43}$/);
  });

  test('differs where the key or its secret differs, and holds no part of either', () => {
    const credentials = fc.record({
      accessKeyId: fc.string({ minLength: 4 }),
      accessKeySecret: fc.string({ minLength: 4 }),
    });
    fc.assert(
      fc.property(credentials, credentials, (left, right) => {
        const same =
          left.accessKeyId === right.accessKeyId && left.accessKeySecret === right.accessKeySecret;
        expect(credentialIdentity(left) === credentialIdentity(right)).toBe(same);
        expect(credentialIdentity(left)).not.toContain(left.accessKeySecret);
        expect(credentialIdentity(left)).not.toContain(left.accessKeyId);
      }),
    );
  });
});

describe('the identity of temporary keys', () => {
  test('is that of their role where it is known, however the keys change', () => {
    const role = 'acs:ram::1:role/reader default/credential_uri';
    const other = { ...STS, accessKeyId: 'STS.other', accessKeySecret: 'other-secret' };
    expect(credentialIdentity({ ...STS, role })).toBe(credentialIdentity({ ...other, role }));
    expect(credentialIdentity({ ...STS, role })).not.toBe(
      credentialIdentity({ ...STS, role: 'acs:ram::2:role/reader default/credential_uri' }),
    );
  });

  test('is their own where the role is not known', () => {
    expect(credentialIdentity(STS)).not.toBe(credentialIdentity({ ...STS, accessKeyId: 'other' }));
  });
});

describe('the account whose quota is spent', () => {
  test.each([
    ['a lasting key', KEY, credentialIdentity(KEY)],
    ['a temporary key, which changes while its account stays', STS, 'temporary'],
    ['keys that are not known at start', null, 'temporary'],
  ])('the account whose quota is spent of %s', (_, credentials, account) => {
    expect(quotaAccount(credentials)).toBe(account);
  });
});
