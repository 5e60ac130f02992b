// PAI's read operations as functions on our own types. It knows no caller and no cache.
import type { Call } from '../domain/call.js';
import type { Report, UpstreamOperation } from '../domain/events.js';
import type { Model } from '../domain/model.js';
import { type AttemptOptions, attemptOnce } from './attempt.js';
import type { Drift } from './decode/fields.js';
import { decodeModel } from './decode/model.js';
import type { Policy } from './policy.js';
import { getModelRequest } from './request.js';

export interface Fetched<T> {
  readonly value: T;
  readonly requestId: string | null;
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
}

export interface PaiClient {
  /** null: there is no such model. */
  getModel(id: string, call: Call): Promise<Fetched<Model> | null>;
}

export interface PaiClientOptions extends AttemptOptions {
  readonly policy: Policy;
}

export function createPaiClient({ policy, ...options }: PaiClientOptions): PaiClient {
  return {
    async getModel(id, call) {
      const request = getModelRequest(id);
      // An answer for another id than asked is no answer.
      const isAnswer = (body: { ModelId?: unknown }) => body.ModelId === id;
      const attempt = (signal: AbortSignal) => attemptOnce(request, isAnswer, signal, options);
      const whole = await policy.run('GetModel', attempt, call);
      if (whole === null) return null;
      // GetModel does not say Tags; what stands there is nobody's promise.
      const { RequestId, Tags, ...wire } = whole.body;
      const drift = driftOf('GetModel', options.report);
      const { requestId, fetchedAt } = whole;
      return { value: decodeModel(wire, id, drift), requestId, fetchedAt };
    },
  };
}

function driftOf(operation: UpstreamOperation, report: Report): Drift {
  return (field, kind) => report({ type: 'drift', operation, field, kind });
}
