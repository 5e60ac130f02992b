// The list: search and facets narrow it, and "More" reads its next page.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type Filter, Link, navigate } from './address';
import { ask } from './client';
import { Facets } from './facets';
import { Failure } from './failure';
import { formatCount, formatDay, formatTotal, workspaceOf } from './format';
import { type ListedModel, MODELS } from './queries';
import { Search } from './search';

const SKELETONS = Array.from({ length: 12 }, (_, index) => index);

export function ModelsPage({ filter }: { filter: Filter }) {
  const models = useModels(filter);
  const [first] = models.data?.pages ?? [];
  return (
    <main className="list">
      <title>Model catalog</title>
      <h1>Models</h1>
      <Search filter={filter} />
      <Facets
        filter={filter}
        counted={first?.data.models?.facets ?? null}
        isBusy={models.isPlaceholderData}
      />
      {models.isLoadingError ? (
        <Failure
          title="The models could not be read"
          error={models.error}
          onRetry={() => models.refetch()}
        />
      ) : (
        <Results filter={filter} models={models} />
      )}
    </main>
  );
}

const useModels = (filter: Filter) =>
  useInfiniteQuery({
    queryKey: ['models', filter],
    queryFn: ({ pageParam }) => ask(MODELS, { filter, after: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ data: { models } }) =>
      models?.pageInfo.hasNextPage ? models.pageInfo.endCursor : null,
    // The list on the screen stays until the next one is there.
    placeholderData: keepPreviousData,
  });

interface ResultsProps {
  readonly filter: Filter;
  readonly models: ReturnType<typeof useModels>;
}

function Results({ filter, models }: ResultsProps) {
  const { data, error, isPending, isFetching, isPlaceholderData } = models;
  const pages = data?.pages ?? [];
  const nodes = pages.flatMap(({ data }) => data.models?.nodes ?? []);
  const total = pages[0]?.data.models?.totalCount ?? nodes.length;
  const calls = pages.reduce((sum, page) => sum + page.calls, 0);
  const readMore = () => {
    if (!isFetching) models.fetchNextPage();
  };
  return (
    <section aria-label="Results" aria-busy={isPending || isPlaceholderData}>
      <p className="status" role="status">
        {data && `${formatTotal(total, 'model')} · ${formatTotal(calls, 'PAI call')}`}
      </p>
      {data && nodes.length === 0 && <Nothing />}
      <ul className="cards">
        {nodes.map((model) => (
          <Card key={model.id} model={model} filter={filter} />
        ))}
        {isPending && SKELETONS.map((index) => <li key={index} className="card skeleton" />)}
      </ul>
      {error && models.isFetchNextPageError && (
        <Failure title="More models could not be read" error={error} onRetry={readMore} />
      )}
      {models.hasNextPage && !models.isFetchNextPageError && (
        <button type="button" className="more" onClick={readMore}>
          {models.isFetchingNextPage ? 'Loading…' : 'More'}
        </button>
      )}
    </section>
  );
}

function Nothing() {
  return (
    <div className="notice">
      <h2>No model matches</h2>
      <button type="button" onClick={() => navigate({ filter: {}, model: null })}>
        Show all models
      </button>
    </div>
  );
}

function Card({ model, filter }: { model: ListedModel; filter: Filter }) {
  const { id, name, description, domain, task, type, updatedAt, extraInfo } = model;
  return (
    <li className="card" style={{ borderTopColor: colorOf(domain ?? '') }}>
      <h2>
        <Link filter={filter} model={id}>
          {name ?? id}
        </Link>
      </h2>
      <p className="description">{description}</p>
      <p className="badges">
        {[...new Set([domain, task, type])].filter(Boolean).map((badge) => (
          <span key={badge}>{badge}</span>
        ))}
      </p>
      <p className="facts">
        <span className="workspace">{workspaceOf(model)}</span>
        <span>{formatDay(updatedAt)}</span>
        {extraInfo?.downloadCount != null && (
          <span title="Downloads">↓ {formatCount(extraInfo.downloadCount)}</span>
        )}
      </p>
    </li>
  );
}

/** A color for each domain. */
function colorOf(text: string): string {
  const hue = [...text].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 360;
  return `hsl(${hue} 60% 52%)`;
}
