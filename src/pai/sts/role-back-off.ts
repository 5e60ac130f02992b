// Prevents further exchanges for a role for a while after a failed one: each later operation of the role would
// otherwise wait for the same failure, and STS has its own quota.
import { LRUCache } from 'lru-cache';
import { AppError, codeOf } from '../../domain/errors.js';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const MAX_ROLES = 1000;

export interface RoleBackOff {
  /** The failure after which the role still waits; null: STS may be asked. */
  failureOf(roleArn: string): AppError | null;
  succeeded(roleArn: string): void;
  /** A refusal of one caller is an answer and does not delay other callers. */
  failed(roleArn: string, error: unknown): void;
}

interface Wait {
  readonly error: AppError;
  readonly waitMs: number;
  readonly endsAt: number;
}

/** `monotonic`: milliseconds. */
export function createRoleBackOff(monotonic: () => number): RoleBackOff {
  const waits = new LRUCache<string, Wait>({ max: MAX_ROLES });
  return {
    failureOf(roleArn) {
      const wait = waits.get(roleArn);
      return wait !== undefined && monotonic() < wait.endsAt ? wait.error : null;
    },
    succeeded(roleArn) {
      waits.delete(roleArn);
    },
    failed(roleArn, error) {
      if (!(error instanceof AppError) || codeOf(error) === 'FORBIDDEN') return;
      const doubled = (waits.get(roleArn)?.waitMs ?? FIRST_MS / 2) * 2;
      const waitMs = Math.min(LONGEST_MS, Math.max(doubled, error.details.retryAfterMs ?? 0));
      waits.set(roleArn, { error, waitMs, endsAt: monotonic() + waitMs });
    },
  };
}
