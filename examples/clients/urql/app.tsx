// The whole page.
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { createUrqlClient } from './client';
import { Models } from './models';

const client = createUrqlClient('http://127.0.0.1:4000/graphql');

createRoot(document.body).render(
  <Provider value={client}>
    <Models />
  </Provider>,
);
