// How the latest attempt to obtain keys ended, told when that changes.
import type { CredentialStatus } from '../domain/credentials.js';
import type { Report } from '../domain/events.js';

export interface StatusRecord {
  last(): CredentialStatus;
  /** null: there are keys. A problem is for the log: it holds no key and nothing that a provider said. */
  settle(problem: string | null): void;
}

export function createStatusRecord(report: Report): StatusRecord {
  let last: CredentialStatus = 'unknown';
  return {
    last: () => last,
    settle(problem) {
      const next = problem === null ? 'ok' : 'failing';
      if (next === last) return;
      last = next;
      if (problem === null) report({ type: 'credentials', state: 'up' });
      else report({ type: 'credentials', state: 'down', reason: problem });
    },
  };
}
