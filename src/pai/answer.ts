// Converts an HTTP answer to the JSON object that it must hold, or to the failure that it reports. Pure.
import { AppError } from '../domain/errors.js';
import { isJsonObject, type JsonObject } from '../domain/model.js';
import { parseExactly } from '../json/exact-json.js';
import { asFailure, type Failure, requestIdOf, upstreamCodeOf } from './failure.js';
import type { WholeResponse } from './whole-response.js';

export type Answer =
  | {
      readonly kind: 'ok';
      readonly body: JsonObject;
      readonly upstreamRequestId: string | undefined;
    }
  | Failure;

/** A failure wrapped into a 200 lacks the operation's shape and carries a Code. */
export function readAnswer(
  response: WholeResponse,
  hasShape: (body: JsonObject) => boolean,
): Answer {
  const parsed = parseExactly(withoutMark(response.body));
  const body = isJsonObject(parsed?.value) ? parsed.value : undefined;
  const upstreamRequestId = requestIdOf(response, body);
  const succeeded = response.status >= 200 && response.status < 300;
  if (succeeded && parsed?.isTooDeep) return invalidAnswer(upstreamRequestId);
  if (succeeded && body && hasShape(body)) return { kind: 'ok', body, upstreamRequestId };
  if (!succeeded || upstreamCodeOf(body) !== undefined) return asFailure(response, body);
  if (parsed !== undefined) return invalidAnswer(upstreamRequestId);
  return new AppError('UPSTREAM_UNAVAILABLE', 'The model registry’s answer is not whole.', {
    upstreamRequestId,
  });
}

function invalidAnswer(upstreamRequestId: string | undefined): AppError {
  return new AppError('UPSTREAM_INVALID', 'The model registry’s answer has an unknown shape.', {
    upstreamRequestId,
  });
}

const BYTE_ORDER_MARK = '\ufeff';

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
