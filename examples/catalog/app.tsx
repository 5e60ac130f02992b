// The page: a list of models, or one of them.
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { Link, useAddress } from './address';
import { createQueryClient } from './client';
import { Loading } from './loading';
import { ModelsPage } from './models-page';

/** With the chart library, which the list does not need. */
const ModelPage = lazy(() => import('./model-page'));

function Catalog() {
  const { filter, model } = useAddress();
  return (
    <>
      <header className="top">
        <Link filter={{}} model={null} className="brand">
          Model catalog
        </Link>
      </header>
      <Suspense fallback={<Loading />}>
        {model === null ? <ModelsPage filter={filter} /> : <ModelPage id={model} filter={filter} />}
      </Suspense>
    </>
  );
}

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={createQueryClient()}>
        <Catalog />
      </QueryClientProvider>
    </StrictMode>,
  );
}
