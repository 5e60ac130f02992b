// Reads the JSON request for a token and names its faults; signs nothing.
import { Refused } from '../answers.js';
import { isJsonObject, type JsonObject } from '../wire.js';
import type { MintOptions } from './issuer.js';

const KNOWN = ['sub', 'tenant', 'claims', 'expiresInSeconds'];
/** Ten years in either direction: more than a test needs, and always a valid date. */
const SECONDS_MAX = 315_360_000;

function wrong(problem: string): Refused {
  return new Refused(400, 'InvalidToken', `${problem}.`);
}

function textOrAbsent(wish: JsonObject, name: string): string | undefined {
  const value = wish[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw wrong(`${name} must be a text that is not empty`);
}

function readClaims({ claims }: JsonObject): JsonObject | undefined {
  if (claims === undefined || isJsonObject(claims)) return claims;
  throw wrong('claims must be an object');
}

function readLifetime({ expiresInSeconds: seconds }: JsonObject): number | undefined {
  if (seconds === undefined) return undefined;
  const isWhole = typeof seconds === 'number' && Number.isInteger(seconds);
  if (isWhole && Math.abs(seconds) <= SECONDS_MAX) return seconds;
  throw wrong(`expiresInSeconds must be an integer from -${SECONDS_MAX} to ${SECONDS_MAX}`);
}

export function readMintOptions(wish: unknown): MintOptions {
  if (!isJsonObject(wish)) throw wrong('The body must be an object');
  const unknown = Object.keys(wish).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw wrong(`${unknown} is not known`);
  const sub = textOrAbsent(wish, 'sub');
  if (sub === undefined) throw wrong('sub is missing');
  const tenant = textOrAbsent(wish, 'tenant');
  return { sub, tenant, claims: readClaims(wish), expiresInSeconds: readLifetime(wish) };
}
