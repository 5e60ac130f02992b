// API keys: a request with a key whose SHA-256 is in the file belongs to the client of that entry. The keys
// themselves are never written to a file or a log.
import { hash } from 'node:crypto';
import * as z from 'zod';
import { parseJson } from '../lib/json.js';
import {
  type AuthMethod,
  type OnAuthProblem,
  onlyValue,
  type Principal,
  REALM,
  sortedOnce,
} from './authenticator.js';
import { openReloadedFile, type Parsed } from './reloaded-file.js';

export interface ApiKeysOptions {
  readonly path: string;
  readonly onProblem: OnAuthProblem;
  readonly everyMs?: number;
}

/** By the SHA-256 of the key, in hex: the time of a look-up by hash tells nothing about a key. */
type ApiKeys = ReadonlyMap<string, Principal>;

/** Without white space: node joins the values of a repeated header with a comma and a space. */
const KEY = /^[\x21-\x7e]{1,512}$/;

/** Rejects, and names every problem, when the file is not valid at the start. */
export async function openApiKeys(options: ApiKeysOptions): Promise<AuthMethod> {
  const file = await openReloadedFile({
    ...options,
    parse: parseApiKeys,
    onProblem: (reasons) => options.onProblem('api_keys_unreadable', reasons),
  });
  return {
    challenge: `ApiKey ${REALM}`,
    async authenticate({ headers }) {
      const key = onlyValue(headers, 'x-api-key');
      if (key === undefined) return { kind: 'absent' };
      if (key === null || !KEY.test(key)) return { kind: 'invalid' };
      const principal = file.current().get(hash('sha256', key));
      return principal === undefined ? { kind: 'invalid' } : { kind: 'valid', principal };
    },
    status: file.status,
    close: file.close,
  };
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
export function parseApiKeys(text: string): Parsed<ApiKeys> {
  const parsed = ENTRIES.safeParse(parseJson(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, code }) => describe(path, code));
    return { ok: false, problems: [...new Set(problems)] };
  }
  // An empty list would refuse every caller; more likely the program that wrote the file failed.
  if (parsed.data.length === 0) return { ok: false, problems: ['It must hold at least one key.'] };
  const problems = repetitions(parsed.data.map(({ sha256 }) => sha256));
  if (problems.length > 0) return { ok: false, problems };
  const principals = parsed.data.map(({ client, sha256, workspaces }): [string, Principal] => [
    sha256,
    {
      client: `api-key:${client}`,
      workspaces: workspaces === undefined ? null : sortedOnce(workspaces),
      token: null,
    },
  ]);
  return { ok: true, value: new Map(principals) };
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

/** A key that two clients share does not identify either of them. */
function repetitions(hashes: readonly string[]): string[] {
  const firstAt = new Map<string, number>();
  return hashes.flatMap((hash, index) => {
    const first = firstAt.get(hash);
    if (first !== undefined) return [`[${index}].sha256 is the same as [${first}].sha256.`];
    firstAt.set(hash, index);
    return [];
  });
}
