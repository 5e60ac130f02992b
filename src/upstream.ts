// Chooses the PAI and the keys: the cloud that the settings name, or the embedded sandbox. It sends no request.
import type { Config } from './config/config.js';
import { SettingsError } from './config/settings-error.js';
import type { CredentialSource } from './domain/credentials.js';
import { type ChainOptions, chainCredentials, staticCredentials } from './pai/credentials.js';
import { quotaAccount } from './pai/identity.js';
import { openKeyFiles } from './pai/key-files.js';

export interface Upstream {
  readonly baseUrl: string;
  /** The token service that gives temporary keys for OIDC tokens: that of the region, or PAI's own address. */
  readonly stsEndpoint: string;
  readonly region: string | null;
  readonly credentials: CredentialSource;
  /** The account whose quota is used, as far as it is known at the start. */
  readonly account: string;
  readonly source: string;
  close(): Promise<void>;
}

/** The one import of the sandbox. It is loaded late, because a server of the cloud's models never needs it. */
export const loadSandbox = () => import('../sandbox/sandbox.js');

type PaiTarget = Extract<Config['upstream']['target'], { kind: 'pai' }>;

interface UpstreamOptions extends Pick<ChainOptions, 'monotonic' | 'report'> {
  /** Of the embedded sandbox; a free one when absent. */
  readonly sandboxPort?: number | null;
}

const NETWORKS = ['public', 'vpc'] as const;
const SANDBOX_KEY = { accessKeyId: 'sandbox', accessKeySecret: 'sandbox-secret' };

/** Rejects when files of keys are not valid. The credentials of the cloud are never read when the sandbox is used. */
export async function chooseUpstream(
  target: Config['upstream']['target'],
  { sandboxPort, ...keyOptions }: UpstreamOptions = {},
): Promise<Upstream> {
  if (target.kind === 'sandbox') {
    const { startSandbox } = await loadSandbox();
    const sandbox = await startSandbox({ port: sandboxPort ?? 0 });
    return {
      baseUrl: sandbox.url,
      stsEndpoint: sandbox.url,
      region: 'sandbox',
      credentials: staticCredentials(SANDBOX_KEY),
      account: quotaAccount(SANDBOX_KEY),
      source: `sample models of the embedded sandbox at ${sandbox.url}`,
      close: sandbox.close,
    };
  }
  const { region, network, endpoint, key } = target;
  const { credentials, close } = await openCredentials(target, keyOptions);
  const baseUrl = endpoint ?? regionalEndpoint('aiworkspace', region ?? '', network);
  return {
    baseUrl,
    stsEndpoint: region === null ? baseUrl : regionalEndpoint('sts', region, network),
    region,
    credentials,
    // Keys in files change while their account stays.
    account: quotaAccount(key),
    source: nameOf(target, baseUrl),
    close,
  };
}

/** A host that is not the region's is not shown: the output of a start and of the doctor may go into a ticket. */
function nameOf({ region }: PaiTarget, baseUrl: string): string {
  const isRegional =
    region !== null &&
    NETWORKS.some((network) => baseUrl === regionalEndpoint('aiworkspace', region, network));
  return isRegional ? `PAI in ${region}` : 'PAI at a custom endpoint (PAI_ENDPOINT)';
}

async function openCredentials(
  { key, keyFiles: files, role }: PaiTarget,
  options: UpstreamOptions,
) {
  const close = async () => {};
  if (key !== null) return { credentials: staticCredentials(key), close };
  if (files === null) return { credentials: chainCredentials({ ...options, role }), close };
  try {
    const credentials = await openKeyFiles({ ...options, files });
    return { credentials, close: async () => credentials.close() };
  } catch (error) {
    throw new SettingsError(error instanceof Error ? error.message.split('\n') : []);
  }
}

/**
 * The base URL of the registry or of the token service. Built from Alibaba Cloud's rule and never copied from a list:
 * the official maps contain a trailing TAB in some hosts and the VPC host for one public region.
 */
export function regionalEndpoint(
  product: 'aiworkspace' | 'sts',
  region: string,
  network: 'public' | 'vpc',
): string {
  return `https://${network === 'vpc' ? `${product}-vpc` : product}.${region}.aliyuncs.com`;
}
