// Callers of the tests, and the settings that let them in: API keys, tokens of the sandbox's issuer, roles.
import { createHash } from 'node:crypto';
import { SANDBOX_PROVIDER, type Sandbox, type SandboxRole } from '../../sandbox/sandbox.js';
import { aFile, type TestFile } from './a-file.js';

export const keyOf = (client: string): string => `key-of-${client}`;
export const byKey = (client: string) => ({ 'x-api-key': keyOf(client) });
export const byToken = (token: string) => ({ authorization: `Bearer ${token}` });

/** The text of API_KEYS_FILE; null: all workspaces. */
export function apiKeys(clients: Record<string, readonly string[] | null>): string {
  const entries = Object.entries(clients).map(([client, workspaces]) => ({
    client,
    sha256: createHash('sha256').update(keyOf(client)).digest('hex'),
    ...(workspaces !== null && { workspaces }),
  }));
  return JSON.stringify(entries);
}

export const keysEnv = ({ path }: TestFile) => ({ AUTH: 'api-key', API_KEYS_FILE: path });

export const jwtEnv = ({ url }: Pick<Sandbox, 'url'>) => ({
  AUTH: 'jwt',
  JWT_JWKS: `${url}/_sandbox/jwks`,
  JWT_ISSUER: SANDBOX_PROVIDER.issuer,
  JWT_AUDIENCE: SANDBOX_PROVIDER.audience,
});

/** The file of PAI_ROLE_MAP: the claim `tenant` stands for a role. */
export const aRoleMap = (roles: Readonly<Record<string, SandboxRole>>): Promise<TestFile> => {
  const arns = Object.entries(roles).map(([tenant, { arn }]) => [tenant, arn]);
  return aFile(JSON.stringify({ claim: 'tenant', roles: Object.fromEntries(arns) }));
};

/** A role for each tenant, which sees the tenant's workspace. */
export function rolesOf(
  tenants: readonly string[],
  accountOf: (tenant: string) => string = () => '1000000000000001',
): Readonly<Record<string, SandboxRole>> {
  const roles = tenants.map((tenant): [string, SandboxRole] => [
    tenant,
    {
      arn: `acs:ram::${accountOf(tenant)}:role/tenant-${tenant}`,
      sees: ({ WorkspaceId }) => WorkspaceId === workspaceOf(tenant),
      trusts: [SANDBOX_PROVIDER.providerArn],
    },
  ]);
  return Object.fromEntries(roles);
}

export const workspaceOf = (tenant: string): string => `ws-${tenant}`;

export const callerEnv = (sandbox: Pick<Sandbox, 'url'>, { path }: TestFile) => ({
  ...jwtEnv(sandbox),
  PAI_IDENTITY: 'caller',
  PAI_OIDC_PROVIDER_ARN: SANDBOX_PROVIDER.providerArn,
  PAI_ROLE_MAP: path,
  PAI_STS_ENDPOINT: sandbox.url,
});
