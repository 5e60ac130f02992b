// The sandbox in a process of its own: the work of the apps does not delay the arrival times that it records.
import type { SandboxRequest } from '../../sandbox/sandbox.js';
import { startMain } from './programs.js';

export interface SandboxProcess extends AsyncDisposable {
  readonly url: string;
  requests(): Promise<SandboxRequest[]>;
}

export async function startSandboxProcess(): Promise<SandboxProcess> {
  const main = startMain({ SANDBOX_PORT: '0' }, { args: ['sandbox'] });
  const url = await main.url;
  return {
    url,
    requests: async () =>
      (await fetch(`${url}/_sandbox/requests`)).json() as Promise<SandboxRequest[]>,
    [Symbol.asyncDispose]: () => main[Symbol.asyncDispose](),
  };
}

/** The delay between sending and arrival differs from request to request. */
const JITTER_MS = 40;

/** The largest number of starts in any second, less the jitter, which is larger where many processes run. */
export function busiestSecond(
  requests: readonly Pick<SandboxRequest, 'startedAt'>[],
  jitterMs = JITTER_MS,
): number {
  const starts = requests.map(({ startedAt }) => startedAt).sort((a, b) => a - b);
  const counts = starts.map(
    (start) => starts.filter((other) => other >= start && other < start + 1000 - jitterMs).length,
  );
  return Math.max(0, ...counts);
}
