// After a failed exchange no other is made for the same role for a while: each later operation of the role would
// otherwise wait for the same failure, and STS has a quota of its own.
import { LRUCache } from 'lru-cache';
import { AppError, codeOf } from '../../domain/errors.js';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const MAX_ROLES = 1000;

export interface RoleBackOff {
  /** The failure that the role still waits out; null: STS may be asked. */
  failureOf(roleArn: string): AppError | null;
  succeeded(roleArn: string): void;
  /** A refusal of one caller is an answer, and holds back no other caller. */
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
