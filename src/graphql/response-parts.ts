// The parts of a response beside its data, and its body as a whole: the same for Apollo's run and the accelerator.
import type { Call, Usage } from '../domain/call.js';

/** The usage that the caller sees, once nothing more is read. */
export function settledUsage({ usage, selections }: Call): Usage {
  usage.saved = Math.max(0, selections.count - usage.calls);
  return usage;
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
