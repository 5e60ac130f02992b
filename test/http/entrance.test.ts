// Under which names an operation is counted.
import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/domain/caller.js';
import { createEntrance, type Visit } from '../../src/http/entrance.js';

describe('an operation is counted', () => {
  const taken: [string | null, string][] = [];
  const entrance = createEntrance({
    authenticate: () => caller(null),
    limiter: {
      take(name, address) {
        taken.push([name, address]);
        return null;
      },
    },
    report() {},
  });
  const caller = (name: string | null): Caller => ({
    ...{ name, lane: 'a lane', view: 'all', workspaces: null, own: null },
  });
  const visit = { req: { socket: { remoteAddress: '192.0.2.1' } } } as unknown as Visit;

  test.each([
    ['under the name of its caller', 'gateway'],
    ['at the address alone of whoever has no name, and not by a lane that never comes again', null],
  ])('%s', (_, name) => {
    expect(entrance.count(visit, caller(name))).toBe(true);
    expect(taken.pop()).toEqual([name, '192.0.2.1']);
  });
});
