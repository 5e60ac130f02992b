// The list: search and facets narrow it, and "More" reads its next page.
import { type Filter, Link, visit } from './address';
import { Facets } from './facets';
import { Failure } from './failure';
import { formatCount, formatDay, formatTotal } from './format';
import type { ListedModel } from './queries';
import { Search } from './search';
import { useFacets, useModels } from './use-models';

const SKELETONS = Array.from({ length: 12 }, (_, index) => index);

export function ModelsPage({ filter }: { filter: Filter }) {
  const models = useModels(filter);
  const facets = useFacets(filter);
  const calls = [...(models.data?.pages ?? []), ...(facets.data ? [facets.data] : [])]
    .map((answer) => answer.calls)
    .reduce((sum, count) => sum + count, 0);
  return (
    <main className="list">
      <title>Model catalog</title>
      <h1>Models</h1>
      <Search filter={filter} />
      {models.isLoadingError ? (
        <Failure
          title="The models could not be read"
          error={models.error}
          onRetry={() => [models, facets].map(({ refetch }) => refetch())}
        />
      ) : (
        <>
          <Facets filter={filter} query={facets} />
          <Results filter={filter} models={models} calls={calls} />
        </>
      )}
    </main>
  );
}

interface ResultsProps {
  readonly filter: Filter;
  readonly models: ReturnType<typeof useModels>;
  readonly calls: number;
}

function Results({ filter, models, calls }: ResultsProps) {
  const { data, error, isPending, isFetching, isPlaceholderData } = models;
  const pages = data?.pages ?? [];
  const nodes = pages.flatMap(({ data }) => data.models?.nodes ?? []);
  const total = pages[0]?.data.models?.totalCount ?? nodes.length;
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
      <button type="button" onClick={() => visit({ filter: {}, model: null })}>
        Show all models
      </button>
    </div>
  );
}

function Card({ model, filter }: { model: ListedModel; filter: Filter }) {
  const { id, name, description, domain, task, type, workspaceId, updatedAt, extraInfo } = model;
  return (
    <li className="card" style={{ borderTopColor: colorOf(domain ?? '') }}>
      <h2>
        <Link filter={filter} model={id}>
          {name ?? id}
        </Link>
      </h2>
      <p className="description">{description}</p>
      <p className="badges">
        {[domain, task, type].filter(Boolean).map((badge) => (
          <span key={badge}>{badge}</span>
        ))}
      </p>
      <p className="facts">
        <span>{workspaceId}</span>
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
