// The result of the latest attempt to obtain keys, reported when it changes.
import type { CredentialStatus } from '../domain/credentials.js';
import type { Report } from '../domain/events.js';

export interface StatusRecord {
  last(): CredentialStatus;
  /** null: keys are available. A problem is for the log: it holds no key and no text of a provider. */
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
