// A process that does nothing else for a while: no timer fires, no socket is read.

export function standStill(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}
