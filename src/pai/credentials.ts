// Gives the keys a request is signed with, fixed or from Alibaba Cloud's credential chain; it never writes them down, logs them or says why a provider failed.
import type {
  AskedCredentialSource,
  CredentialSource,
  CredentialStatus,
  Credentials,
} from '../domain/credentials.js';
import { AppError } from '../domain/errors.js';

/** The part of a provider of `@alicloud/credentials` that is used here. */
export interface CredentialProvider {
  getCredentials(): Promise<{
    readonly accessKeyId?: string;
    readonly accessKeySecret?: string;
    readonly securityToken?: string;
  }>;
}

/** One question to one provider; `cold` says that the provider was built for this question. */
interface Attempt {
  readonly cold: boolean;
  readonly answer: Promise<Credentials>;
}

const ATTEMPT_TIMEOUT_MS = 10_000;

export function staticCredentials(credentials: Credentials): CredentialSource {
  return { get: () => credentials, refresh: () => false, status: () => 'ok' };
}

/**
 * Alibaba Cloud's default chain, asked for each get() because a warm one answers from its own
 * session, and by one caller at a time because it has no single flight of its own.
 */
export function chainCredentials(
  loadProvider: () => Promise<CredentialProvider> = loadDefaultChain,
  timeoutMs: number = ATTEMPT_TIMEOUT_MS,
): AskedCredentialSource {
  let provider: Promise<CredentialProvider> | undefined;
  let current: Attempt | undefined;
  let status: CredentialStatus = 'unknown';

  function begin(): Attempt {
    const cold = provider === undefined;
    provider ??= loadProvider();
    const attempt = { cold, answer: ask(provider, timeoutMs) };
    attempt.answer.then(
      () => end(attempt, 'ok'),
      () => end(attempt, 'failing'),
    );
    return attempt;
  }

  function end(attempt: Attempt, outcome: 'ok' | 'failing'): void {
    if (attempt !== current) return; // refresh() has put another provider in its place
    current = undefined;
    status = outcome;
    // The default chain asks only its last provider once all have failed, so it never recovers.
    if (outcome === 'failing') provider = undefined;
  }

  return {
    get() {
      current ??= begin();
      return current.answer;
    },
    refresh() {
      // A cold attempt is newer than any keys a caller holds: a burst of refreshes shares it.
      if (current?.cold) return true;
      provider = undefined;
      current = undefined;
      return true;
    },
    status: () => status,
  };
}

async function ask(provider: Promise<CredentialProvider>, timeoutMs: number): Promise<Credentials> {
  try {
    const fetched = provider.then((ready) => ready.getCredentials());
    const { accessKeyId, accessKeySecret, securityToken } = await within(fetched, timeoutMs);
    if (!accessKeyId || !accessKeySecret) throw unobtainable();
    return { accessKeyId, accessKeySecret, ...(securityToken ? { securityToken } : {}) };
  } catch {
    // The provider's error text quotes response bodies, which may hold keys: it goes no further.
    throw unobtainable();
  }
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unobtainable()), timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

function unobtainable(): AppError {
  return new AppError(
    'UPSTREAM_REJECTED',
    'No credentials for the model registry could be obtained.',
  );
}

// Loaded late because the chain may read CLI configuration, run the command named there, and ask
// the instance metadata address: none of that may happen in the sandbox or with fixed keys.
async function loadDefaultChain(): Promise<CredentialProvider> {
  const { DefaultCredentialsProvider } = await import('@alicloud/credentials');
  return DefaultCredentialsProvider.builder().build();
}
