// Relay's environment: one POST for each operation, and errors with the code of the server.
import { Environment, Network, RecordSource, Store } from 'relay-runtime';

export const createEnvironment = (url: string, headers: Record<string, string> = {}) =>
  new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(async ({ text: query }, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return response.json();
    }),
  });
