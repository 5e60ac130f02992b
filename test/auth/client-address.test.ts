import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClientAddress, networkOf } from '../../src/auth/client-address.js';

const PROXIES = ['10.0.0.0/8', '192.0.2.1', '2001:db8:ff::/48', '::ffff:198.51.100.9'];
const clientOf = createClientAddress(PROXIES);
const addressOf = (peer: string, forwardedFor: readonly string[]) => clientOf(peer, forwardedFor);

describe('the address of a client', () => {
  test.each<[string, string, string[], string]>([
    ['is its peer’s where no header says otherwise', '10.1.2.3', [], '10.1.2.3'],
    ['is its peer’s where that is not a trusted proxy', '203.0.113.7', ['8.8.8.8'], '203.0.113.7'],
    [
      'is the last hop that a trusted proxy names',
      '10.0.0.1',
      ['8.8.8.8, 203.0.113.7'],
      '203.0.113.7',
    ],
    [
      'lies before all trusted hops',
      '10.0.0.1',
      ['203.0.113.7, 192.0.2.1, 10.9.9.9'],
      '203.0.113.7',
    ],
    ['is the first hop where all are trusted', '10.0.0.1', ['10.0.0.3, 10.0.0.2'], '10.0.0.3'],
    [
      'counts a header that comes twice as one',
      '10.0.0.1',
      ['203.0.113.7', '10.0.0.2'],
      '203.0.113.7',
    ],
    ['is without its port', '10.0.0.1', ['203.0.113.7:8080'], '203.0.113.7'],
    ['is without brackets', '10.0.0.1', ['[2001:db8::1]'], '2001:db8::1'],
    ['is without brackets and port', '10.0.0.1', ['[2001:db8::1]:443'], '2001:db8::1'],
    ['is in one form', '10.0.0.1', ['2001:0DB8:0::0001'], '2001:db8::1'],
    ['is of IPv4 also when it is wrapped', '10.0.0.1', ['::ffff:203.0.113.7'], '203.0.113.7'],
    ['is of IPv4 however it is wrapped', '10.0.0.1', ['::FFFF:cb00:7107'], '203.0.113.7'],
    ['may come over a wrapped peer', '::ffff:10.0.0.1', ['203.0.113.7'], '203.0.113.7'],
    ['may come over a wrapped setting', '198.51.100.9', ['203.0.113.7'], '203.0.113.7'],
    ['may come over IPv6', '2001:db8:ff:1::9', ['203.0.113.7'], '203.0.113.7'],
    ['has no spaces or tabs', '10.0.0.1', ['  8.8.8.8 ,\t203.0.113.7  '], '203.0.113.7'],
    [
      'is the last good hop before one that is not an address',
      '10.0.0.1',
      ['203.0.113.7, unknown, 10.0.0.2'],
      '10.0.0.2',
    ],
    [
      'is the peer’s where the last hop is not an address',
      '10.0.0.1',
      ['203.0.113.7, _hidden'],
      '10.0.0.1',
    ],
    ['is the peer’s where the header is empty', '10.0.0.1', [''], '10.0.0.1'],
    ['is nothing where the peer has none', '', ['203.0.113.7'], ''],
  ])('%s', (_, peer, forwardedFor, client) => {
    expect(addressOf(peer, forwardedFor)).toBe(client);
  });

  test.each([
    '203.0.113.7:',
    '203.0.113.7:123456',
    '203.0.113.7:x',
    '203.0.113',
    '203.0.113.256',
    '0xcb.0.113.7',
    '[203.0.113.7',
    '2001:db8::1]:80',
    '"203.0.113.7"',
    'for=203.0.113.7',
    '203.0.113.7;',
    '203.0.113.7 8.8.8.8',
    '203.0.113.7/24',
    '[]',
    '[x]:80',
  ])('is the peer’s where a hop is written %j', (hop) => {
    expect(addressOf('10.0.0.1', [hop])).toBe('10.0.0.1');
  });

  test('is the peer’s, with any headers, where no proxy is trusted', () => {
    expect(createClientAddress([])('10.0.0.1', ['203.0.113.7'])).toBe('10.0.0.1');
    expect(createClientAddress([])('::ffff:10.0.0.1', ['203.0.113.7'])).toBe('10.0.0.1');
  });
});

const ip = fc.oneof(fc.ipV4(), fc.ipV6());
const untrusted = fc
  .tuple(fc.integer({ min: 11, max: 126 }), fc.ipV4())
  .map(([first, rest]) => [first, ...rest.split('.').slice(1)].join('.'));
const trusted = fc.ipV4().map((address) => ['10', ...address.split('.').slice(1)].join('.'));
/** Any bytes, and texts that look like hops. */
const header = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(fc.oneof(ip, fc.string({ maxLength: 8 })), { maxLength: 8 })
    .map((hops) => hops.join(',')),
);
const headers = fc.array(header, { maxLength: 5 });

describe('a forwarded header', () => {
  test('never makes the parser throw, and never gives anything but an address', () => {
    fc.assert(
      fc.property(fc.oneof(ip, fc.string()), headers, (peer, sent) => {
        const client = addressOf(peer, sent);
        expect(client === addressOf(peer, []) || isIP(client) !== 0).toBe(true);
        expect(networkOf(client)).toBeTypeOf('string');
      }),
      { numRuns: 1000 },
    );
  });

  test('does not count from a peer that is not trusted', () => {
    fc.assert(
      fc.property(untrusted, headers, (peer, sent) => {
        expect(addressOf(peer, sent)).toBe(peer);
      }),
    );
  });

  test('does not let a client choose its address: proxies append theirs behind the client’s text', () => {
    const proxies = fc.array(trusted, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(untrusted, headers, proxies, fc.boolean(), (client, sent, chain, isJoined) => {
        // Each proxy appends its peer; the last one is ours.
        const appended = [client, ...chain.slice(0, -1)];
        const arrived = isJoined ? [[...sent, ...appended].join(',')] : [...sent, ...appended];
        expect(addressOf(chain.at(-1) ?? '', arrived)).toBe(client);
      }),
    );
  });
});

describe('the network of an address', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['2001:db8::2:3:4:5:6', '2001:db8:0:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
    ['unix', 'unix'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test('is the same however an IPv6 address is written and ends, and another for another network', () => {
    const written = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), (one, other) => {
        fc.pre(![one, other].some((address) => address.includes('.')));
        expect(networkOf(written(one))).toBe(networkOf(one));
        expect(networkOf(networkOf(one).replace('::/64', ':1:2:3:4'))).toBe(networkOf(one));
        const sameNet = networkOf(one) === networkOf(other);
        const low = (BigInt(1) << BigInt(64)) - BigInt(1);
        expect(sameNet).toBe((numberOf(one) | low) === (numberOf(other) | low));
      }),
    );
  });
});

/** By another way than the program's: padding the groups on either side of the gap. */
function numberOf(address: string): bigint {
  const [left = '', right = ''] = address.split('::');
  const hex = (part: string) =>
    part
      .split(':')
      .filter((group) => group !== '')
      .map((group) => group.padStart(4, '0'))
      .join('');
  return BigInt(
    `0x${hex(left)}${'0'.repeat(32 - hex(left).length - hex(right).length)}${hex(right)}`,
  );
}
