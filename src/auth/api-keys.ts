// API keys: a request with a key whose SHA-256 is in the file belongs to the client of that entry. The keys
// themselves are never written to a file or a log.
import * as z from 'zod';
import { parseJson } from '../lib/json.js';
import type { Parsed } from '../lib/parsed.js';
import { openReloadedFile } from '../lib/reloaded-file.js';
import { sha256 } from '../lib/sha256.js';
import {
  type AuthMethod,
  type OnAuthProblem,
  onlyValue,
  type Principal,
  REALM,
  viewOf,
} from './authenticator.js';

export interface ApiKeysOptions {
  readonly path: string;
  /** Answers may be cached for all callers, so no key may be limited to workspaces. */
  readonly isPublic: boolean;
  readonly onProblem: OnAuthProblem;
  /** New keys are in force. */
  readonly onReload?: (count: number) => void;
  /** For tests: the interval between two checks of the file. */
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
    parse: (text) => parseApiKeys(text, options.isPublic),
    onReload: (keys) => options.onReload?.(keys.size),
    onProblem: (reasons) => options.onProblem('api_keys_unreadable', reasons),
  });
  return {
    challenge: `ApiKey ${REALM}`,
    async authenticate({ headers }) {
      const key = onlyValue(headers, 'x-api-key');
      if (key === undefined) return { kind: 'absent' };
      if (!KEY.test(key)) return { kind: 'invalid' };
      const principal = file.current().get(sha256(key));
      return principal === undefined ? { kind: 'invalid' } : { kind: 'valid', principal };
    },
    status: file.status,
    close: file.close,
  };
}

const text = (pattern: RegExp, form: string) => z.string(form).regex(pattern, form);

const WORKSPACES = 'must be left out (all) or a list of workspace ids as texts ([] is none)';

const ENTRY = z.strictObject(
  {
    client: text(
      /^[A-Za-z0-9._@:/-]{1,64}$/,
      'must be 1 to 64 letters, digits or any of . _ - @ : /',
    ),
    sha256: text(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
    workspaces: z.array(text(/^[A-Za-z0-9._-]{1,128}$/, WORKSPACES), WORKSPACES).optional(),
  },
  {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? 'has a field other than client, sha256, workspaces'
        : 'must be an object',
  },
);
const ENTRIES = z.array(ENTRY, 'It must be a JSON list of {"client", "sha256", "workspaces"?}');

/** Gives all problems together, by index and field; they repeat no content of the file. */
export function parseApiKeys(text: string, isPublic: boolean): Parsed<ApiKeys> {
  const parsed = ENTRIES.safeParse(parseJson(text));
  if (!parsed.success) {
    return { ok: false, problems: [...new Set(parsed.error.issues.map(describe))] };
  }
  // An empty list would refuse every caller; more likely the program that wrote the file failed.
  if (parsed.data.length === 0) return { ok: false, problems: ['It must hold at least one key.'] };
  const problems = [
    ...repetitions(parsed.data.map(({ sha256 }) => sha256)),
    ...(isPublic ? limitations(parsed.data) : []),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const principals = parsed.data.map(({ client, sha256, workspaces }): [string, Principal] => [
    sha256,
    {
      client: `api-key:${client}`,
      view: viewOf(workspaces ?? null),
      token: null,
    },
  ]);
  return { ok: true, value: new Map(principals) };
}

function describe({ path: [index, field], message }: z.core.$ZodIssue): string {
  if (index === undefined) return `${message}.`;
  return `[${String(index)}]${field === undefined ? '' : `.${String(field)}`} ${message}.`;
}

function limitations(entries: z.output<typeof ENTRIES>): string[] {
  return entries.flatMap(({ workspaces }, index) =>
    workspaces === undefined
      ? []
      : [`[${index}].workspaces must be left out with CACHE_CONTROL_SCOPE=public.`],
  );
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
