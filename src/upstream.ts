// Which PAI is asked, and with whose keys: the cloud's of the settings, or the embedded sandbox. It asks nothing.
import type { PaiTarget } from './config/types.js';
import type { CredentialSource } from './domain/credentials.js';
import { type ChainOptions, chainCredentials, staticCredentials } from './pai/credentials.js';
import { regionalEndpoint } from './pai/endpoint.js';
import { quotaAccount } from './pai/identity.js';

export interface Upstream {
  readonly baseUrl: string;
  readonly region: string | null;
  readonly credentials: CredentialSource;
  /** Whose quota it is, as far as that is known at start. */
  readonly account: string;
  readonly source: string;
  close(): Promise<void>;
}

const SANDBOX_KEY = { accessKeyId: 'sandbox', accessKeySecret: 'sandbox-secret' };

/** The credentials of the cloud are never touched when the sandbox is used. */
export async function chooseUpstream(
  target: PaiTarget | null,
  chain: Pick<ChainOptions, 'monotonic' | 'report'> = {},
): Promise<Upstream> {
  if (target === null) {
    // A server of the cloud's models never needs it.
    const { startSandbox } = await import('./sandbox/sandbox.js');
    const sandbox = await startSandbox();
    return {
      baseUrl: sandbox.url,
      region: 'sandbox',
      credentials: staticCredentials(SANDBOX_KEY),
      account: quotaAccount(SANDBOX_KEY),
      source: 'sample models of the embedded sandbox',
      close: sandbox.close,
    };
  }
  const { region, network, endpoint, key, role } = target;
  const baseUrl = endpoint ?? regionalEndpoint(region ?? '', network);
  return {
    baseUrl,
    region,
    credentials: key ? staticCredentials(key) : chainCredentials({ ...chain, role }),
    account: quotaAccount(key),
    // The host is nobody's business but the operator's, who has set it.
    source: region === null ? 'the PAI of PAI_ENDPOINT' : `PAI in ${region}`,
    close: async () => {},
  };
}
