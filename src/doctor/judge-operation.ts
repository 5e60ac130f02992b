// Judges permission and latency by one question to PAI, in words with the remedy. Pure.
import { AppError, type ErrorCode } from '../domain/errors.js';
import type { Asked } from './ask.js';
import { type Finding, fail, ok, warn } from './finding.js';

const SLOW_MS = 2000;

export function judgeOperation(asked: Asked, timeoutMs: number): Finding {
  const { operation, answer, startedAt, endedAt } = asked;
  const ms = Math.round(endedAt - startedAt);
  if (answer instanceof AppError) return judgeFailure(operation, answer, timeoutMs);
  if (answer.kind === 'not_found') {
    return warn(
      operation,
      'not checked: the object that a list has just named no longer exists. Run this again.',
    );
  }
  const slowMs = Math.min(SLOW_MS, timeoutMs / 2);
  if (ms <= slowMs) return ok(operation, `allowed, ${ms} ms`);
  return warn(
    operation,
    `allowed, but slow: ${ms} ms. Run near the region, with PAI_NETWORK=vpc where you can, or raise UPSTREAM_TIMEOUT_MS.`,
  );
}

function judgeFailure(operation: string, error: AppError, timeoutMs: number): Finding {
  const { upstreamCode, upstreamRequestId } = error.details;
  const reference = [
    upstreamCode && `PAI’s code ${upstreamCode}`,
    upstreamRequestId && `request ${upstreamRequestId}`,
  ].filter(Boolean);
  const trace = reference.length > 0 ? ` (${reference.join(', ')})` : '';
  const text = `${explain(operation, error, timeoutMs)}${trace}`;
  // Other clients of the account have spent the quota: nothing on our side is wrong.
  return error.code === 'RATE_LIMITED' ? warn(operation, text) : fail(operation, text);
}

const REMEDIES: Partial<Record<ErrorCode, string>> = {
  RATE_LIMITED:
    'not checked: PAI throttles, the quota of the account is spent elsewhere. Run this again.',
  UPSTREAM_INVALID:
    'answered in a shape that this version does not know. Update it, or report this line.',
  BAD_USER_INPUT: 'PAI refused an argument that it documents. Report this line.',
};

function explain(operation: string, error: AppError, timeoutMs: number): string {
  switch (error.code) {
    case 'FORBIDDEN':
      return `no permission. Allow the RAM action paimodel:${operation}, and give the account a role in the workspace.`;
    case 'UPSTREAM_TIMEOUT':
      return `no answer within ${timeoutMs} ms. Check the network and PAI_NETWORK, or raise UPSTREAM_TIMEOUT_MS.`;
    case 'UPSTREAM_UNAVAILABLE':
      return `${error.message} Check the network, PAI_REGION, PAI_NETWORK and PAI_ENDPOINT.`;
    case 'UPSTREAM_REJECTED':
      return explainRejection(error.details.upstreamCode ?? '');
    default:
      return REMEDIES[error.code] ?? 'it failed.';
  }
}

/** First match wins: an expired token's code also names the key. */
const REJECTIONS: readonly [RegExp, string][] = [
  [/SecurityToken/, 'PAI refuses the security token: it is wrong or expired. Get a new one.'],
  [/AccessKey/, 'PAI does not know the access key, or it is off. Check its id.'],
  [/Time[Ss]tamp|Date/, 'PAI refuses our date. See the line of the clock.'],
  [/Signature/, 'PAI refuses the signature. Check the secret of the access key.'],
];

function explainRejection(upstreamCode: string): string {
  const known = REJECTIONS.find(([pattern]) => pattern.test(upstreamCode));
  return known?.[1] ?? 'PAI refused the request. Check PAI_REGION and PAI_ENDPOINT.';
}
