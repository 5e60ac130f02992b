// The whole page.
import { ApolloProvider } from '@apollo/client/react';
import { createRoot } from 'react-dom/client';
import { createApolloClient } from './client';
import { Models } from './models';

const client = createApolloClient('http://127.0.0.1:4000/graphql');

createRoot(document.body).render(
  <ApolloProvider client={client}>
    <Models />
  </ApolloProvider>,
);
