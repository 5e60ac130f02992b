// API keys: a request with a key whose SHA-256 is in the file belongs to the client of that entry. The keys
// themselves are never written to a file or a log.

import { hash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { parseJson } from '../domain/json.js';
import { type AuthMethod, type OnAuthProblem, onlyValue, REALM } from './authenticator.js';
import { type Principal, sortedOnce } from './principal.js';
import { openReloadedFile, type Parsed } from './reloaded-file.js';

export interface ApiKey {
  readonly client: string;
  readonly digest: Buffer;
  readonly principal: Principal;
}

export interface ApiKeysOptions {
  readonly path: string;
  readonly onProblem: OnAuthProblem;
  readonly everyMs?: number;
}

export interface ApiKeys extends AuthMethod {
  /** Checks immediately whether the file has changed. */
  reload(): Promise<void>;
  close(): void;
}

/** Without white space: node joins the values of a repeated header with a comma and a space. */
const KEY = /^[\x21-\x7e]{1,512}$/;

/** Rejects, and names every problem, when the file is not valid at the start. */
export async function openApiKeys(options: ApiKeysOptions): Promise<ApiKeys> {
  const file = await openReloadedFile({
    ...options,
    parse: parseApiKeys,
    onProblem: (reasons) => options.onProblem('api_keys_unreadable', reasons),
  });
  const find = rememberingProved();
  return {
    challenge: `ApiKey ${REALM}`,
    recall(headers) {
      const key = onlyValue(headers, 'x-api-key');
      if (key === undefined) return 'absent';
      if (key === null || !KEY.test(key)) return 'wrong';
      return find(file.current(), key) ?? 'wrong';
    },
    status: () => (file.isGood() ? 'ok' : 'failing'),
    reload: file.reload,
    close: file.close,
  };
}

type FindPrincipal = (keys: readonly ApiKey[], presented: string) => Principal | null;

/**
 * A key that was right is not hashed again until the file changes. The Map therefore never holds more keys than
 * the file. A Map finds a text by a hash that is seeded for this process: the time of a look-up tells nothing
 * about the first characters of a key.
 */
function rememberingProved(): FindPrincipal {
  let provedBy: readonly ApiKey[] | null = null;
  const proved = new Map<string, Principal>();
  return (keys, presented) => {
    if (keys !== provedBy) proved.clear();
    provedBy = keys;
    const known = proved.get(presented);
    if (known !== undefined) return known;
    const found = findPrincipal(keys, presented);
    if (found !== null) proved.set(presented, found);
    return found;
  };
}

/** Takes the same time for the first key, the last key and an unknown key. */
function findPrincipal(keys: readonly ApiKey[], presented: string): Principal | null {
  const digest = hash('sha256', presented, 'buffer');
  let found: ApiKey | null = null;
  for (const key of keys) {
    if (timingSafeEqual(key.digest, digest)) found = key;
  }
  return found === null ? null : found.principal;
}

const FORMS = {
  client: '1 to 64 letters, digits or any of . _ - @ : /',
  sha256: '64 lower-case hex digits',
  workspaces: 'left out (all) or a list of workspace ids as texts ([] is none)',
} as const;

const ENTRIES = z.array(
  z.strictObject({
    client: z.string().regex(/^[A-Za-z0-9._@:/-]{1,64}$/),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    workspaces: z.array(z.string().regex(/^[A-Za-z0-9._-]{1,128}$/)).optional(),
  }),
);

/** Gives all problems together, by index and field; they repeat no content of the file. */
export function parseApiKeys(text: string): Parsed<readonly ApiKey[]> {
  const parsed = ENTRIES.safeParse(parseJson(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, code }) => describe(path, code));
    return { ok: false, problems: [...new Set(problems)] };
  }
  // An empty list would refuse every caller; more likely the program that wrote the file failed.
  if (parsed.data.length === 0) return { ok: false, problems: ['It must hold at least one key.'] };
  const problems = repetitions(parsed.data.map(({ sha256 }) => sha256));
  if (problems.length > 0) return { ok: false, problems };
  const value = parsed.data.map(({ client, sha256, workspaces }) => ({
    client,
    digest: Buffer.from(sha256, 'hex'),
    principal: {
      client: `api-key:${client}`,
      workspaces: workspaces === undefined ? null : sortedOnce(workspaces),
      token: null,
    },
  }));
  return { ok: true, value };
}

function describe([index, field]: readonly PropertyKey[], code: string | undefined): string {
  if (index === undefined) return 'It must be a JSON list of {"client", "sha256", "workspaces"?}.';
  const at = `[${String(index)}]`;
  if (code === 'unrecognized_keys') {
    return `${at} has a field other than ${Object.keys(FORMS).join(', ')}.`;
  }
  const form = Object.entries(FORMS).find(([name]) => name === field)?.[1];
  if (form === undefined) return `${at} must be an object.`;
  return `${at}.${String(field)} must be ${form}.`;
}

/** A key that two clients share does not tell which of them sent the request. */
function repetitions(hashes: readonly string[]): string[] {
  const firstAt = new Map<string, number>();
  return hashes.flatMap((hash, index) => {
    const first = firstAt.get(hash);
    if (first !== undefined) return [`[${index}].sha256 is the same as [${first}].sha256.`];
    firstAt.set(hash, index);
    return [];
  });
}
