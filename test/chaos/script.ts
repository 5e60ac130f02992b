// What happens and what is asked, as fast-check makes it up: the same for the same seed.
import fc from 'fast-check';
import type { Fault, FaultRule } from '../../src/sandbox/sandbox.js';
import { FINAL, TRANSIENT } from './every-fault.js';
import { MODEL_COUNT, VERSIONS } from './truth.js';

export interface Phase {
  /** For each key's sandbox. */
  readonly rules: readonly FaultRule[];
  /** The share of models that change before it. */
  readonly change: number;
}

export type Ask =
  | { readonly kind: 'model'; readonly index: number }
  | { readonly kind: 'models'; readonly indexes: readonly number[] }
  | { readonly kind: 'version'; readonly index: number; readonly version: string }
  | { readonly kind: 'list'; readonly first: number }
  | { readonly kind: 'versions'; readonly index: number };

export interface Operation {
  /** Which of the apps. */
  readonly app: number;
  readonly ask: Ask;
  readonly wish: 'no-cache' | 'max-stale=0' | 'max-stale=1' | 'max-stale' | undefined;
  /** Leaves after so many milliseconds. */
  readonly leaveAfterMs: number | undefined;
}

// Of what is absent the registry tells; an answer of a fault could not be told from the truth.
const FAULTS: readonly Fault[] = [...TRANSIENT, ...FINAL.filter(({ code }) => code !== null)].map(
  ({ fault }) => fault,
);
/** A throttle that does not say for how long stops everybody for a second. */
const isLongThrottle = (fault: Fault) =>
  fault.kind === 'throttle' && (fault.retryAfterMs ?? 1000) > 100;
const QUICK = FAULTS.filter(
  (fault) => fault.kind !== 'oversize' && fault.kind !== 'hang' && !isLongThrottle(fault),
);

/** PAI's versions do not say whose they are, so that nobody can tell that they are another model's. */
const asRule = <R extends FaultRule>(rule: R): FaultRule =>
  rule.fault?.kind === 'otherModel' ? { ...rule, operation: 'GetModel' } : rule;

const OPERATIONS = ['GetModel', 'GetModelVersion', 'ListModels', 'ListModelVersions'];

const mixedRule: fc.Arbitrary<FaultRule> = fc.record(
  {
    fault: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...QUICK) },
      { weight: 1, arbitrary: fc.constantFrom(...FAULTS) },
    ),
    probability: fc.double({ min: 0.01, max: 0.06, noNaN: true }),
    delayMs: fc.integer({ min: 0, max: 60 }),
    operation: fc.constantFrom(...OPERATIONS),
    beforeAuth: fc.boolean(),
  },
  { requiredKeys: ['fault', 'probability'] },
);
const slowRule: fc.Arbitrary<FaultRule> = fc.record({
  delayMs: fc.integer({ min: 5, max: 80 }),
  probability: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
});
/** Each of all faults strikes a few times, so that none is left out. */
const everyFault: fc.Arbitrary<FaultRule[]> = fc.constant(
  FAULTS.map((fault) =>
    asRule({
      fault,
      times: fault.kind === 'oversize' || isLongThrottle(fault) ? 1 : 3,
      probability: 0.02,
    }),
  ),
);

const mixture = fc
  .tuple(fc.array(mixedRule, { minLength: 1, maxLength: 4 }), slowRule)
  .map(([rules, slow]) => [...rules.map(asRule), slow]);

const phase: fc.Arbitrary<Phase> = fc.record({
  rules: fc.oneof(
    { weight: 7, arbitrary: mixture },
    { weight: 2, arbitrary: everyFault },
    { weight: 2, arbitrary: fc.constant([]) },
  ),
  change: fc.constantFrom(0, 0.05, 0.3),
});

const index = fc.integer({ min: 0, max: MODEL_COUNT + 2 });

const ask: fc.Arbitrary<Ask> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ kind: fc.constant('model' as const), index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('models' as const),
      indexes: fc.array(index, { minLength: 2, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('version' as const),
      index,
      version: fc.constantFrom(...VERSIONS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      first: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('versions' as const), index }) },
);

const operation: fc.Arbitrary<Operation> = fc.record({
  app: fc.integer({ min: 0, max: 2 }),
  ask,
  wish: fc.oneof(
    { weight: 16, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'no-cache' as const,
        'max-stale=0' as const,
        'max-stale=1' as const,
        'max-stale' as const,
      ),
    },
  ),
  leaveAfterMs: fc.oneof(
    { weight: 40, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 60 }) },
  ),
});

export interface Script {
  readonly phases: readonly Phase[];
  readonly operations: readonly Operation[];
}

export function writeScript(seed: number, phases: number, operations: number): Script {
  const made = fc.sample(phase, { seed, numRuns: phases });
  // Whatever the dice say, all faults are among them.
  const [all = []] = fc.sample(everyFault, { seed, numRuns: 1 });
  return {
    phases: made.map((one, number) => (number === 1 ? { ...one, rules: all } : one)),
    operations: fc.sample(operation, { seed, numRuns: operations }),
  };
}

/** Small, fast and good enough for luck: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
