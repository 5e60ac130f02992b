// Whether there are credentials for PAI in the mode that the settings choose. Only PAI knows whether they are valid, and
// the operations show it.
import type { Config } from '../config/config.js';
import { codeOf } from '../domain/errors.js';
import { loadFile } from '../lib/reloaded-file.js';
import type { Upstream } from '../upstream.js';
import { type Finding, fail, ok } from './finding.js';

const NAME = 'credentials';

export async function checkCredentials(
  { credentials }: Upstream,
  { identity, upstream: { target } }: Config,
): Promise<Finding> {
  if (identity.kind === 'caller') {
    return ok(NAME, 'none are needed: STS gives keys for the token of each caller');
  }
  if (target.kind === 'sandbox') return ok(NAME, 'those of the sandbox');
  if (target.key !== null) return ok(NAME, 'of the settings');
  if (target.keyFiles !== null) return ok(NAME, 'of the files that the settings name');
  const { oidcTokenFile: path } = target;
  // The chain continues without the token, perhaps with the keys of another role.
  const token = path === null ? null : await loadFile({ path, parse: parseToken });
  if (token?.ok === false) {
    return fail(NAME, `ALIBABA_CLOUD_OIDC_TOKEN_FILE: ${token.problems.join(' ')}`);
  }
  try {
    await credentials.get();
    return ok(NAME, 'of the standard credential chain');
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return fail(
      NAME,
      'none. Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or give the machine a RAM role or another link of the standard credential chain.',
    );
  }
}

function parseToken(text: string) {
  return text.trim() === ''
    ? ({ ok: false, problems: ['It is empty.'] } as const)
    : ({ ok: true, value: null } as const);
}
