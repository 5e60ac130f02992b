// The outline of a model that is still being read.
export function Loading() {
  return (
    <main className="model" aria-busy="true">
      <p>Loading…</p>
      <h1 className="skeleton">…</h1>
      <div className="panel skeleton" />
      <div className="panel skeleton" />
    </main>
  );
}
