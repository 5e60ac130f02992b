// Asks the sandbox's STS as a plain HTTP client; a test changes single parameters.
import { SANDBOX_PROVIDER, type Sandbox } from '../../sandbox/sandbox.js';
import { type CallResult, send } from './signed-call.js';

export const TENANT_A = 'acs:ram::1000000000000001:role/tenant-a';
export const TENANT_B = 'acs:ram::1000000000000001:role/tenant-b';

interface StsResult extends CallResult {
  /** How the temporary key is handed to callSandbox. */
  readonly key: { readonly keyId: string; readonly secret: string; readonly token: string };
}

/** The undefined ones are left out. */
export async function assumeRole(
  sandbox: Sandbox,
  changes: Record<string, string | undefined> = {},
): Promise<StsResult> {
  const { query, form } = parametersOf(sandbox, changes);
  const headers = {
    host: new URL(sandbox.url).host,
    'content-type': 'application/x-www-form-urlencoded',
  };
  const result = await send(sandbox, 'POST', `/?${query}`, headers, form.toString());
  const credentials = (result.json.Credentials ?? {}) as Record<string, string>;
  return {
    ...result,
    key: {
      keyId: credentials.AccessKeyId ?? '',
      secret: credentials.AccessKeySecret ?? '',
      token: credentials.SecurityToken ?? '',
    },
  };
}

function parametersOf(sandbox: Sandbox, changes: Record<string, string | undefined>) {
  const all = {
    Action: 'AssumeRoleWithOIDC',
    Version: '2015-04-01',
    Format: 'JSON',
    OIDCProviderArn: SANDBOX_PROVIDER.providerArn,
    OIDCToken: sandbox.mintToken({ sub: 'ann' }),
    RoleArn: TENANT_A,
    RoleSessionName: 'ann',
    ...changes,
  };
  const query = new URLSearchParams();
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries<string | undefined>(all)) {
    const part = ['Action', 'Version', 'Format'].includes(name) ? query : form;
    if (value !== undefined) part.set(name, value);
  }
  return { query, form };
}
