// Apollo Client 4: queries as hashes, by GET; one new attempt after the pause that the server names.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { delay, mergeMap, of } from 'rxjs';
import { createCache } from './cache';

export function createApolloClient(uri: string, headers: Record<string, string> = {}) {
  const link = ApolloLink.from([
    retryOnce,
    new PersistedQueryLink({ sha256, useGETForHashedQueries: true }),
    new HttpLink({ uri, headers }),
  ]);
  return new ApolloClient({ link, cache: createCache() });
}

/** For `client.query({ query, ...fresh })`: past this cache and past the server's. */
export const fresh = {
  fetchPolicy: 'network-only',
  context: { fetchOptions: { cache: 'reload' } },
} as const;

const retryOnce = new ErrorLink(({ error, operation, forward }) => {
  if (!CombinedGraphQLErrors.is(error)) return;
  const pauseMs = error.errors[0]?.extensions?.retryAfterMs;
  if (typeof pauseMs !== 'number') return;
  return of(operation).pipe(delay(pauseMs), mergeMap(forward));
});

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
