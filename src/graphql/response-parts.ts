// The parts of a response beside its data, and its body as a whole: the same for Apollo's run and the accelerator.
import { isUpstreamOperation } from '../catalog/operations.js';
import type { Call, QuotaState, Usage } from '../domain/call.js';
import type { Context } from './context.js';

/** The usage that the caller sees, once nothing more is read. */
export function settledUsage({ call, estimates }: Pick<Context, 'call' | 'estimates'>): Usage {
  const { usage, selections } = call;
  usage.saved = Math.max(0, selections.count - usage.calls);
  usage.quota = Object.keys(usage.byOperation)
    .filter(isUpstreamOperation)
    .map((operation) => estimates.quota(operation, call))
    .reduce(scarcer, null);
  return usage;
}

function scarcer(one: QuotaState | null, other: QuotaState): QuotaState {
  return one !== null && one.available <= other.available ? one : other;
}

export function cacheControl(errors: readonly unknown[], validity: Call['validity']): string {
  const isStored = errors.length === 0 && !validity.showsAge;
  return isStored ? `private, max-age=${validity.seconds ?? 0}` : 'no-store';
}

/** For gateways that drop `extensions`. */
export function callsHeader({ calls, retries }: Usage): string {
  return String(calls + retries);
}

/** The body of an operation without errors, as Apollo writes it. */
export function wholeBody(data: string, usage: Usage): string {
  return `{"data":${data},"extensions":${JSON.stringify({ upstream: usage })}}\n`;
}
