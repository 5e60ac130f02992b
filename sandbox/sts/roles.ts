// The RAM roles of a sandbox and the models that each of them sees; issues nothing.
import { textOf, type WireModel } from '../wire.js';

export interface SandboxRole {
  /** acs:ram::<account>:role/<name> */
  readonly arn: string;
  /** The models that its temporary keys may see; all of them when absent. */
  readonly sees?: (model: WireModel) => boolean;
  /** The account whose quota its keys spend; the account of the ARN when absent. */
  readonly account?: string;
  /** ARNs of the OIDC providers that may assume it; those of the account of its ARN when absent. */
  readonly trusts?: readonly string[];
}

const ROLE_ARN = /^acs:ram::(\d{1,20}):role\/[A-Za-z0-9.@_-]{1,64}$/;
const PROVIDER_ARN = /^acs:ram::(\d{1,20}):oidc-provider\/[A-Za-z0-9.@_-]{1,128}$/;

/** Undefined: not the ARN of a role. */
export function accountOfRole(arn: string): string | undefined {
  return ROLE_ARN.exec(arn)?.[1];
}

/** Undefined: not the ARN of an OIDC provider. */
export function accountOfProvider(arn: string): string | undefined {
  return PROVIDER_ARN.exec(arn)?.[1];
}

export function isTrusted(role: SandboxRole, providerArn: string): boolean {
  if (role.trusts) return role.trusts.includes(providerArn);
  return accountOfRole(role.arn) === accountOfProvider(providerArn);
}

const inWorkspaces = (...ids: readonly string[]) => {
  return (model: WireModel): boolean => ids.includes(textOf(model, 'WorkspaceId'));
};

/** Two tenants without common models; a third workspace of the sample models belongs to neither. */
export const TENANT_ROLES: readonly SandboxRole[] = [
  {
    arn: 'acs:ram::1000000000000001:role/tenant-a',
    // The documented model's workspace is masked in the documentation; it is the same one.
    sees: inWorkspaces('234567', '234**'),
  },
  { arn: 'acs:ram::1000000000000001:role/tenant-b', sees: inWorkspaces('198732') },
];
