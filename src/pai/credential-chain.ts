// Asks Alibaba Cloud's credential chain one question at a time and replaces a provider that failed; it repeats no text
// of a provider.
import type { Credentials } from '../domain/credentials.js';
import { AppError } from '../domain/errors.js';

/** The part of a provider of `@alicloud/credentials` that is used here. */
export interface CredentialProvider {
  getCredentials(): Promise<GivenKeys>;
}

export interface GivenKeys {
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  /** The link of the chain that gave the keys, as `default/<link>`. */
  readonly providerName?: string;
}

export interface ChainQuestionsOptions {
  readonly loadProvider?: () => Promise<CredentialProvider>;
  readonly timeoutMs?: number;
}

export interface ChainListener {
  read(given: GivenKeys): Credentials;
  /** Not called for a question that startAnew() has set aside. */
  succeeded(keys: Credentials): void;
  failed(reason: string): void;
}

const QUESTION_TIMEOUT_MS = 10_000;

/** One question to one provider; `isCold` says that the provider was built for this question. */
interface Question {
  readonly isCold: boolean;
  readonly answer: Promise<Credentials>;
}

/** One question at a time, since the chain has no single flight of its own. */
export function createChainQuestions(
  { loadProvider = loadDefaultChain, timeoutMs = QUESTION_TIMEOUT_MS }: ChainQuestionsOptions,
  { read, succeeded, failed }: ChainListener,
) {
  let provider: Promise<CredentialProvider> | undefined;
  let current: Question | undefined;

  function begin(): Question {
    const isCold = provider === undefined;
    provider ??= loadProvider();
    const answer: Promise<Credentials> = givenBy(provider, timeoutMs).then(
      (given) => {
        const keys = read(given);
        if (end(question)) succeeded(keys);
        return keys;
      },
      (error: unknown) => {
        if (end(question)) {
          // Once all its providers have failed, the default chain asks only the last one, so it never recovers.
          provider = undefined;
          failed(reasonOf(error));
        }
        throw unobtainable();
      },
    );
    const question: Question = { isCold, answer };
    return question;
  }

  /** false: another question has replaced this one. */
  function end(question: Question): boolean {
    const isCurrent = question === current;
    if (isCurrent) current = undefined;
    return isCurrent;
  }

  return {
    ask(): Promise<Credentials> {
      current ??= begin();
      return current.answer;
    },
    /** The next question goes to a new provider; a provider that was built for the current question counts as new. */
    startAnew(): void {
      if (!current?.isCold) [provider, current] = [undefined, undefined];
    },
  };
}

async function givenBy(
  provider: Promise<CredentialProvider>,
  timeoutMs: number,
): Promise<GivenKeys> {
  const asked = provider.then((ready) => ready.getCredentials());
  const given = await within(asked, timeoutMs);
  if (!given.accessKeyId || !given.accessKeySecret) throw new Error('Keys are missing.');
  return given;
}

class TimedOut extends Error {}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut()), timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** The provider's own text quotes response bodies, which may hold keys: it is not passed on. */
function reasonOf(error: unknown): string {
  return error instanceof TimedOut
    ? 'The credential chain did not answer in time.'
    : 'No link of the credential chain gave keys.';
}

function unobtainable(): AppError {
  return new AppError(
    'UPSTREAM_REJECTED',
    'No credentials for the model registry could be obtained.',
  );
}

// Loaded late because the chain may read CLI configuration, run the command named there, and ask the instance metadata
// address: none of these may happen in the sandbox or with fixed keys.
async function loadDefaultChain(): Promise<CredentialProvider> {
  const { DefaultCredentialsProvider } = await import('@alicloud/credentials');
  return DefaultCredentialsProvider.builder().build();
}
