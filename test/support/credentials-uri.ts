// A credentials URI on the loopback, announced in the environment as the only link of the credential chain.
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { vi } from 'vitest';
import type { SandboxKey } from '../../sandbox/sandbox.js';

interface CredentialsUri extends AsyncDisposable {
  /** For a process of its own. */
  readonly env: Readonly<Record<string, string>>;
  fetches(): number;
  /** From now on it gives these, one set to each who asks, the last one for good; null: it has none. */
  say(keys: readonly SandboxKey[] | null): void;
}

/** Settings under which the chain is asked. */
export const CHAIN_ENV = { ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: '' };

export const temporaryKeys = (count: number): SandboxKey[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `STS.key-${index}`,
    secret: `secret-${index}`,
    securityToken: `token-${index}`,
  }));

/** Announces the listening server as the only link of the chain, until vi.unstubAllEnvs(). */
export function useOnlyCredentialsUri(server: Server): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('ALIBABA_CLOUD_')) vi.stubEnv(name, undefined);
  }
  vi.stubEnv('HOME', tmpdir());
  for (const [name, value] of Object.entries(onlyLink(server))) vi.stubEnv(name, value);
}

function onlyLink(server: Server) {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true',
    ALIBABA_CLOUD_CLI_PROFILE_DISABLED: 'true',
    ALIBABA_CLOUD_CREDENTIALS_URI: `http://127.0.0.1:${port}/`,
  };
}

export async function startCredentialsUri(
  keys: readonly SandboxKey[] | null,
  lastMs = 3_600_000,
): Promise<CredentialsUri> {
  let left = keys;
  let fetches = 0;
  const server = createServer((_, res) => {
    fetches += 1;
    const found = left?.[0];
    if (left !== null && left.length > 1) left = left.slice(1);
    res.writeHead(found === undefined ? 404 : 200).end(found && answerOf(found, lastMs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  useOnlyCredentialsUri(server);
  return {
    env: onlyLink(server),
    fetches: () => fetches,
    say(next) {
      left = next;
    },
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerOf({ id, secret, securityToken }: SandboxKey, lastMs: number): string {
  return JSON.stringify({
    AccessKeyId: id,
    AccessKeySecret: secret,
    SecurityToken: securityToken,
    Expiration: `${new Date(Date.now() + lastMs).toISOString().slice(0, 19)}Z`,
  });
}
