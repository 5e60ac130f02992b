// A flight as the quota and the policy see it: valid as it is, with what a test is about put over it.
import { createUsage, type Flight } from '../../../src/domain/call.js';

export function aFlight({ lane = 'a', ...rest }: Partial<Flight> & { lane?: string } = {}): Flight {
  return {
    signal: new AbortController().signal,
    deadlineAt: Number.POSITIVE_INFINITY,
    caller: { name: lane, lane, view: 'all', workspaces: null, own: null },
    usage: createUsage(),
    ...rest,
  };
}
