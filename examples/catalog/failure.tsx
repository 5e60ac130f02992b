// A failure in words, with a way to try again.
import { ApiError } from './client';

const MESSAGES = new Map<unknown, string>([
  ['UPSTREAM_UNAVAILABLE', 'PAI does not answer at the moment.'],
  ['UPSTREAM_TIMEOUT', 'PAI took too long to answer.'],
  ['RATE_LIMITED', 'Too much is asked of PAI at the moment.'],
  ['UNAUTHENTICATED', 'You are not signed in.'],
  ['FORBIDDEN', 'You may not see this.'],
]);

interface FailureProps {
  readonly title: string;
  readonly error: Error;
  readonly onRetry: () => void;
}

export function Failure({ title, error, onRetry }: FailureProps) {
  return (
    <div className="notice failure" role="alert">
      <h2>{title}</h2>
      <p>{messageOf(error)}</p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

function messageOf(error: Error): string {
  if (!(error instanceof ApiError)) return 'The API cannot be reached.';
  return MESSAGES.get(error.code) ?? error.message;
}
