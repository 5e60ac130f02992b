// The temporary keys that STS has issued; they are kept in memory only and end with the sandbox.
import { randomBytes } from 'node:crypto';
import type { SandboxKey } from '../wire.js';
import { accountOfRole, type SandboxRole } from './roles.js';

/** More than any test requests; beyond this number, the oldest are forgotten, as if they had never existed. */
const REMEMBERED_KEYS = 10_000;

export interface TemporaryKey extends SandboxKey {
  readonly securityToken: string;
  readonly expiresAt: number;
}

export interface IssuedKeys {
  issue(role: SandboxRole, expiresAt: number): TemporaryKey;
  find(keyId: string): TemporaryKey | undefined;
}

export function createIssuedKeys(): IssuedKeys {
  const byId = new Map<string, TemporaryKey>();

  return {
    issue(role, expiresAt) {
      const key: TemporaryKey = {
        id: `STS.${randomBytes(12).toString('hex')}`,
        secret: randomBytes(24).toString('base64url'),
        // Base64 with its + and / and =, as real ones have them.
        securityToken: `CAIS${randomBytes(193).toString('base64')}`,
        account: role.account ?? accountOfRole(role.arn) ?? role.arn,
        expiresAt,
        ...(role.sees && { sees: role.sees }),
      };
      byId.set(key.id, key);
      for (const oldest of byId.keys()) {
        if (byId.size <= REMEMBERED_KEYS) break;
        byId.delete(oldest);
      }
      return key;
    },
    find: (keyId) => byId.get(keyId),
  };
}
