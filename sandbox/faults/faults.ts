// Decides which fault rule applies to which request; applies no fault itself.

export type Fault =
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** 429 Throttling.User unless set otherwise; retryAfterMs becomes x-acs-retry-after. */
  | {
      readonly kind: 'throttle';
      readonly status?: 400 | 429;
      readonly code?: string;
      readonly retryAfterMs?: number;
    }
  /** Announces the whole body, sends a part of it (half, unless set otherwise), and drops the connection. */
  | { readonly kind: 'cut'; readonly afterBytes?: number }
  /** Resets the connection before any byte. */
  | { readonly kind: 'reset' }
  /** A proxy's error page, 502 unless set otherwise. */
  | { readonly kind: 'html'; readonly status?: number }
  /** An empty body, 200 unless set otherwise. */
  | { readonly kind: 'empty'; readonly status?: number }
  /** 200 application/json with a body that is not JSON. */
  | { readonly kind: 'garbage' }
  /** 200 with a correct content length, but only the first half of the JSON. */
  | { readonly kind: 'truncatedJson' }
  /** 200 with this body instead of the good one. */
  | { readonly kind: 'wrongShape'; readonly body: unknown }
  /** Answers as if another existing model had been asked for. */
  | { readonly kind: 'otherModel' }
  /** 200 with the good answer padded to `bytes`, in chunks. */
  | { readonly kind: 'oversize'; readonly bytes: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** The good answer, one byte at a time. */
  | { readonly kind: 'trickle'; readonly everyMs: number };

export interface FaultRule {
  readonly operation?: string;
  readonly modelId?: string;
  /** The number of requests to which it applies; all when absent. */
  readonly times?: number;
  /** The number of matching requests that pass first. */
  readonly skip?: number;
  /** The probability that it applies to a matching request, from 0 to 1; always when absent. */
  readonly probability?: number;
  readonly delayMs?: number;
  /** When absent, the good answer follows after the delay. */
  readonly fault?: Fault;
  /** The rule applies before the signature is checked. */
  readonly beforeAuth?: boolean;
  /** The rule applies only on connections that have carried a request before, like one that was reset while idle. */
  readonly onReuse?: boolean;
}

export interface FaultTarget {
  readonly operation: string;
  readonly modelId: string;
  readonly beforeAuth: boolean;
  /** The connection has carried a request before. */
  readonly isReused?: boolean;
}

export interface Faults {
  add(...rules: FaultRule[]): void;
  clear(): void;
}

export interface FaultBook extends Faults {
  /** The first active rule that applies to this request; counts the request. */
  take(target: FaultTarget): FaultRule | undefined;
}

interface LiveRule {
  readonly rule: FaultRule;
  skipsLeft: number;
  timesLeft: number;
}

function matches(rule: FaultRule, target: FaultTarget): boolean {
  return (
    (rule.beforeAuth ?? false) === target.beforeAuth &&
    (!rule.onReuse || target.isReused === true) &&
    (rule.operation === undefined || rule.operation === target.operation) &&
    (rule.modelId === undefined || rule.modelId === target.modelId)
  );
}

export function createFaultBook(random: () => number): FaultBook {
  let liveRules: LiveRule[] = [];

  const strikes = (live: LiveRule): boolean => {
    if (live.timesLeft <= 0) return false;
    if (live.skipsLeft > 0) {
      live.skipsLeft -= 1;
      return false;
    }
    if (live.rule.probability !== undefined && random() >= live.rule.probability) return false;
    live.timesLeft -= 1;
    return true;
  };

  return {
    add(...rules) {
      for (const rule of rules) {
        const { skip: skipsLeft = 0, times: timesLeft = Number.POSITIVE_INFINITY } = rule;
        liveRules.push({ rule, skipsLeft, timesLeft });
      }
    },
    clear() {
      liveRules = [];
    },
    take(target) {
      return liveRules.find((live) => matches(live.rule, target) && strikes(live))?.rule;
    },
  };
}
