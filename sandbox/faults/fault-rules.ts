// Checks fault rules that came as JSON and names the first problem; applies none.

import { isJsonObject, type JsonObject } from '../wire.js';
import type { FaultRule } from './faults.js';

/** Gives the requirement for the field as text, or undefined when the value is valid. */
type Check = (value: unknown) => string | undefined;
type Fields = Readonly<Record<string, { readonly check: Check; readonly required?: boolean }>>;

const when = (good: (value: unknown) => boolean, expected: string): Check => {
  return (value) => (good(value) ? undefined : expected);
};
const isInteger = (value: unknown, from: number, to = Number.MAX_SAFE_INTEGER): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to;
const isFraction = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= 1;
const isTextMap = (value: unknown): boolean =>
  isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string');

const text = when((value) => typeof value === 'string', 'a text');
const flag = when((value) => typeof value === 'boolean', 'true or false');
const count = when((value) => isInteger(value, 0), 'an integer from 0 on');
const period = when((value) => isInteger(value, 1, 600_000), 'an integer from 1 to 600000');
const wait = when((value) => isInteger(value, 0, 600_000), 'an integer from 0 to 600000');
const size = when((value) => isInteger(value, 1, 2 ** 30), 'an integer from 1 to 1073741824');
const status = when((value) => isInteger(value, 200, 599), 'a status from 200 to 599');
const fraction = when(isFraction, 'a number from 0 to 1');
const textMap = when(isTextMap, 'an object of texts');
const throttleStatus = when((value) => value === 400 || value === 429, '400 or 429');
const anything: Check = () => undefined;

const FAULT_KINDS: Readonly<Record<string, Fields>> = {
  error: {
    status: { check: status, required: true },
    code: { check: text, required: true },
    message: { check: text },
    headers: { check: textMap },
  },
  throttle: {
    status: { check: throttleStatus },
    code: { check: text },
    retryAfterMs: { check: wait },
  },
  cut: { afterBytes: { check: count } },
  reset: {},
  html: { status: { check: status } },
  empty: { status: { check: status } },
  garbage: {},
  truncatedJson: {},
  wrongShape: { body: { check: anything, required: true } },
  otherModel: {},
  oversize: { bytes: { check: size, required: true } },
  hang: {},
  trickle: { everyMs: { check: period, required: true } },
};

function problemOfFields(object: JsonObject, fields: Fields): string | undefined {
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(fields, name)) return `${name} is not known`;
  }
  for (const [name, { check, required }] of Object.entries(fields)) {
    const value = object[name];
    if (value === undefined && required) return `${name} is missing`;
    const expected = value === undefined ? undefined : check(value);
    if (expected !== undefined) return `${name} must be ${expected}`;
  }
  return undefined;
}

const fault: Check = (value) => {
  const kinds = Object.keys(FAULT_KINDS).join(', ');
  if (!isJsonObject(value)) return `an object with a kind of ${kinds}`;
  const { kind, ...rest } = value;
  const fields =
    typeof kind === 'string' && Object.hasOwn(FAULT_KINDS, kind) ? FAULT_KINDS[kind] : undefined;
  if (!fields) return `an object with a kind of ${kinds}`;
  const problem = problemOfFields(rest, fields);
  return problem && `a valid ${kind} (${problem})`;
};

const RULE_FIELDS: Fields = {
  operation: { check: text },
  modelId: { check: text },
  times: { check: count },
  skip: { check: count },
  probability: { check: fraction },
  delayMs: { check: wait },
  beforeAuth: { check: flag },
  onReuse: { check: flag },
  fault: { check: fault },
};

function problemOfRule(rule: unknown): string | undefined {
  return isJsonObject(rule) ? problemOfFields(rule, RULE_FIELDS) : 'it must be an object';
}

/** The first problem of the rules as text; undefined when the rules are valid. */
export function problemOfRules(rules: unknown): string | undefined {
  if (!Array.isArray(rules)) return 'The body must be an array of rules.';
  for (const [index, rule] of rules.entries()) {
    const problem = problemOfRule(rule);
    if (problem !== undefined) return `Rule ${index}: ${problem}.`;
  }
  return undefined;
}

export function isFaultRules(rules: unknown): rules is FaultRule[] {
  return problemOfRules(rules) === undefined;
}
