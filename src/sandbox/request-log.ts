// Remembers the requests that came and how many were open at once; keeps no bodies.
const REMEMBERED_REQUESTS = 50_000;

export interface SandboxRequest {
  /** The operation of method and path; else what x-acs-action says. */
  readonly operation: string;
  /** As on the wire, percent-encoded, without the query. */
  readonly path: string;
  /** What STS is asked comes with the body and stands here too, but never a token. */
  query: Readonly<Record<string, string>>;
  /** As claimed: also there when the signature was refused. */
  readonly keyId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  /** Absent while the request is open. */
  endedAt?: number;
  /** Absent while no answer has begun, and for ever when none did. */
  status?: number;
}

export interface RequestLog {
  readonly requests: readonly SandboxRequest[];
  open(request: SandboxRequest): void;
  close(request: SandboxRequest, status: number | undefined): void;
  inFlight(): number;
  maxInFlight(): number;
  reset(): void;
}

/** A clock that never goes back and is finer than a millisecond, so that spacing can be judged. */
export function timeOfEvent(): number {
  return performance.timeOrigin + performance.now();
}

export function createRequestLog(): RequestLog {
  const requests: SandboxRequest[] = [];
  let inFlight = 0;
  let maxInFlight = 0;

  return {
    requests,
    open(request) {
      requests.push(request);
      if (requests.length > REMEMBERED_REQUESTS) requests.shift();
      inFlight += 1;
      maxInFlight = Math.max(maxInFlight, inFlight);
    },
    close(request, status) {
      request.endedAt = timeOfEvent();
      if (status !== undefined) request.status = status;
      inFlight -= 1;
    },
    inFlight: () => inFlight,
    maxInFlight: () => maxInFlight,
    reset() {
      requests.length = 0;
      maxInFlight = inFlight;
    },
  };
}
