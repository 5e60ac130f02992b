// The whole page.
import { Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { RelayEnvironmentProvider } from 'react-relay';
import { createEnvironment } from './environment';
import { Models } from './models';

const environment = createEnvironment('http://127.0.0.1:4000/graphql');

createRoot(document.body).render(
  <RelayEnvironmentProvider environment={environment}>
    <Suspense fallback="Loading…">
      <Models />
    </Suspense>
  </RelayEnvironmentProvider>,
);
