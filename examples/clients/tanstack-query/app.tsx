// The whole page.
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { createGraphQLClient, createQueryClient } from './client';
import { Models } from './models';

const client = createGraphQLClient('http://127.0.0.1:4000/graphql');

createRoot(document.body).render(
  <QueryClientProvider client={createQueryClient()}>
    <Models client={client} />
  </QueryClientProvider>,
);
