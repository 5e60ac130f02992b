// Keeps the received requests and how many were open at once; it keeps no bodies.
const REQUESTS_MAX = 50_000;

export interface SandboxRequest {
  /** The operation of method and path, or else the value of x-acs-action. */
  readonly operation: string;
  /** As on the wire, percent-encoded, without the query. */
  readonly path: string;
  /** Includes the parameters that STS receives in the body, but never a token. */
  query: Readonly<Record<string, string>>;
  /** The claimed key id: also present when the signature was refused. */
  readonly keyId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  /** Absent while the request is open. */
  endedAt?: number;
  /** Absent until an answer has begun, and permanently when none did. */
  status?: number;
}

export interface RequestLog {
  readonly requests: readonly SandboxRequest[];
  /** The entry may be completed later. */
  open(request: SandboxRequest): SandboxRequest;
  close(request: SandboxRequest, status: number | undefined): void;
  inFlight(): number;
  maxInFlight(): number;
  reset(): void;
}

/** Never goes back and is finer than a millisecond, so that the distance of requests can be measured. */
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
      if (requests.length > REQUESTS_MAX) requests.shift();
      inFlight += 1;
      maxInFlight = Math.max(maxInFlight, inFlight);
      return request;
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
