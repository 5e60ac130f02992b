// One model: what it is, the scores of its versions side by side, and its versions.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Filter, Link } from './address';
import { ask } from './client';
import { Failure } from './failure';
import { formatCount, formatDay, formatNumber, formatTotal, NOTHING, workspaceOf } from './format';
import { Loading } from './loading';
import { MODEL, type Model, type Version } from './queries';
import { Scores } from './scores';

export default function ModelPage({ id, filter }: { id: string; filter: Filter }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['model', id],
    queryFn: () => ask(MODEL, { id }),
  });
  if (isPending) return <Loading />;
  return (
    <main className="model">
      <Link filter={filter} model={null} className="back">
        ← All models
      </Link>
      {error && (
        <Failure title="The model could not be read" error={error} onRetry={() => refetch()} />
      )}
      {data && data.data.model === null && <Missing id={id} />}
      {data?.data.model && <Details model={data.data.model} calls={data.calls} />}
    </main>
  );
}

function Missing({ id }: { id: string }) {
  return (
    <div className="notice">
      <title>Model catalog</title>
      <h1>There is no model {id}</h1>
    </div>
  );
}

function Details({ model, calls }: { model: Model; calls: number }) {
  const { name, id, description, labels, metricHistories, versions } = model;
  return (
    <article>
      <title>{`${name ?? id} · Model catalog`}</title>
      <h1>{name ?? id}</h1>
      <p className="status">{formatTotal(calls, 'PAI call')}</p>
      <p className="description">{description}</p>
      <Facts model={model} />
      {labels && labels.length > 0 && (
        <ul className="badges" aria-label="Labels">
          {labels.map(({ key, value }) => (
            <li key={`${key}=${value}`}>
              {key}: {value}
            </li>
          ))}
        </ul>
      )}
      <h2>Scores</h2>
      <Scores histories={metricHistories ?? []} versions={versions?.nodes ?? []} />
      <h2>Versions</h2>
      <Versions versions={versions?.nodes ?? []} />
    </article>
  );
}

function Facts({ model }: { model: Model }) {
  const { parameterSizeInMillions: size, extraInfo, documentUrl } = model;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Workspace', workspaceOf(model)],
    ['Domain', model.domain],
    ['Task', model.task],
    ['Type', model.type],
    ['Origin', model.origin],
    ['Visibility', model.accessibility?.toLowerCase()],
    ['Parameters', size === null ? null : formatCount(size * 1e6)],
    ['Downloads', extraInfo && formatCount(extraInfo.downloadCount)],
    ['Rating', extraInfo && formatNumber(extraInfo.rating)],
    ['Created', formatDay(model.createdAt)],
    ['Updated', formatDay(model.updatedAt)],
    ['Documentation', documentUrl && <a href={documentUrl}>Read</a>],
  ];
  return (
    <dl className="panel">
      {facts
        .filter(([, value]) => value && value !== NOTHING)
        .map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Versions({ versions }: { versions: readonly Version[] }) {
  if (versions.length === 0) return <p>It has no version yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it, too.
    <section className="panel scroll" aria-label="Versions" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Created</th>
            <th scope="col">Framework</th>
            <th scope="col">Format</th>
            <th scope="col">Approval</th>
            <th scope="col">Description</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr key={version.id}>
              <th scope="row">{version.versionName}</th>
              <td>{formatDay(version.createdAt)}</td>
              <td>{version.frameworkType}</td>
              <td>{version.formatType}</td>
              <td>{version.approvalStatus?.toLowerCase()}</td>
              <td>{version.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
