// Fault rules: their form, the check of rules that came as JSON, and which rule applies to which request.
import { type Check, check, type Fields, findProblem, integer } from './checks.js';
import { ApiError } from './http.js';
import { isJsonObject } from './wire.js';

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

interface FaultTarget {
  readonly operation: string;
  readonly modelId: string;
  readonly beforeAuth: boolean;
  /** The connection has carried a request before. */
  readonly isReused: boolean;
}

export interface Faults {
  add(...rules: FaultRule[]): void;
  clear(): void;
}

/** A rule as it was added, and how often it has applied. */
interface ListedRule {
  readonly rule: FaultRule;
  readonly applied: number;
}

export interface FaultQueue extends Faults {
  list(): readonly ListedRule[];
  /** The first active rule that applies to this request; counts the request. */
  take(target: FaultTarget): FaultRule | undefined;
}

interface ActiveRule {
  readonly rule: FaultRule;
  skipsLeft: number;
  applied: number;
}

function matches(rule: FaultRule, target: FaultTarget): boolean {
  return (
    (rule.beforeAuth ?? false) === target.beforeAuth &&
    (!rule.onReuse || target.isReused) &&
    (rule.operation === undefined || rule.operation === target.operation) &&
    (rule.modelId === undefined || rule.modelId === target.modelId)
  );
}

/** `random` gives numbers from 0 to below 1. */
export function createFaultQueue(random: () => number): FaultQueue {
  let activeRules: ActiveRule[] = [];

  const applies = (active: ActiveRule): boolean => {
    const { probability, times = Number.POSITIVE_INFINITY } = active.rule;
    if (active.applied >= times) return false;
    if (active.skipsLeft > 0) {
      active.skipsLeft -= 1;
      return false;
    }
    if (probability !== undefined && random() >= probability) return false;
    active.applied += 1;
    return true;
  };

  return {
    add(...rules) {
      for (const rule of rules) {
        activeRules.push({ rule, skipsLeft: rule.skip ?? 0, applied: 0 });
      }
    },
    clear() {
      activeRules = [];
    },
    list: () => activeRules.map(({ rule, applied }) => ({ rule, applied })),
    take(target) {
      return activeRules.find((active) => matches(active.rule, target) && applies(active))?.rule;
    },
  };
}

const text = check((value) => typeof value === 'string', 'a text');
const flag = check((value) => typeof value === 'boolean', 'true or false');
const count = integer('an integer from 0 on', 0);
const delay = integer('an integer from 0 to 600000', 0, 600_000);
const status = integer('a status from 200 to 599', 200, 599);
const probability = check(
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
  'a number from 0 to 1',
);
const headers = check(
  (value) =>
    isJsonObject(value) && Object.values(value).every((header) => typeof header === 'string'),
  'an object of texts',
);

/** The fields of each kind of fault; REQUIRED has those that may not be absent. */
const FAULT_KINDS = new Map<unknown, Fields>([
  ['error', { status, code: text, message: text, headers }],
  [
    'throttle',
    {
      status: check((value) => value === 400 || value === 429, '400 or 429'),
      code: text,
      retryAfterMs: delay,
    },
  ],
  ['cut', { afterBytes: count }],
  ['reset', {}],
  ['html', { status }],
  ['empty', { status }],
  ['garbage', {}],
  ['truncatedJson', {}],
  ['wrongShape', { body: () => undefined }],
  ['otherModel', {}],
  ['oversize', { bytes: integer('an integer from 1 to 1073741824', 1, 2 ** 30) }],
  ['hang', {}],
  ['trickle', { everyMs: integer('an integer from 1 to 600000', 1, 600_000) }],
]);
const REQUIRED = new Map<unknown, readonly string[]>([
  ['error', ['status', 'code']],
  ['wrongShape', ['body']],
  ['oversize', ['bytes']],
  ['trickle', ['everyMs']],
]);

const fault: Check = (value) => {
  const { kind, ...rest } = isJsonObject(value) ? value : {};
  const fields = FAULT_KINDS.get(kind);
  if (!fields) return `an object with a kind of ${[...FAULT_KINDS.keys()].join(', ')}`;
  const problem = findProblem(rest, fields, REQUIRED.get(kind));
  return problem && `a valid ${kind} (${problem})`;
};

const RULE_FIELDS: Fields = {
  modelId: text,
  times: count,
  skip: count,
  probability,
  delayMs: delay,
  beforeAuth: flag,
  onReuse: flag,
  fault,
};

/** Throws ApiError with the first problem. `operations`: the names that a rule may have. */
export function assertFaultRules(
  rules: unknown,
  operations: readonly string[],
): asserts rules is FaultRule[] {
  const operation = check(
    (value) => operations.some((name) => name === value),
    `one of ${operations.join(', ')}`,
  );
  const fields = { operation, ...RULE_FIELDS };
  const fail = (problem: string) => new ApiError(400, 'InvalidFaultRules', problem);
  if (!Array.isArray(rules)) throw fail('The body must be an array of rules.');
  for (const [index, rule] of rules.entries()) {
    const problem = isJsonObject(rule) ? findProblem(rule, fields) : 'it must be an object';
    if (problem !== undefined) throw fail(`Rule ${index}: ${problem}.`);
  }
}
