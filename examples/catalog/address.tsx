// The address says what is on the screen: ?query=…&task=… is a list, and &model=… a model of it.
import { type ReactNode, useMemo, useSyncExternalStore } from 'react';

export const FILTERS = ['query', 'domain', 'task', 'origin', 'type'] as const;
export type Filter = Partial<Record<(typeof FILTERS)[number], string>>;

export interface Address {
  readonly filter: Filter;
  readonly model: string | null;
}

export function useAddress(): Address {
  const search = useSyncExternalStore(subscribe, () => location.search);
  return useMemo(() => parse(search), [search]);
}

/** `replace` is for a step that the back button skips. */
export function navigate(address: Address, how: 'push' | 'replace' = 'push'): void {
  history[`${how}State`](null, '', toSearch(address));
  dispatchEvent(new PopStateEvent('popstate'));
  if (how === 'push') scrollTo(0, 0);
}

interface LinkProps extends Address {
  readonly className?: string;
  readonly children: ReactNode;
}

export function Link({ filter, model, className, children }: LinkProps) {
  return (
    <a
      className={className}
      href={toSearch({ filter, model })}
      onClick={(event) => {
        // With one of these keys the browser opens another tab or window.
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        navigate({ filter, model });
      }}
    >
      {children}
    </a>
  );
}

function parse(text: string): Address {
  const search = new URLSearchParams(text);
  const filter = Object.fromEntries(FILTERS.map((name) => [name, search.get(name)]));
  return { filter: withoutEmpty(filter), model: search.get('model') };
}

function toSearch({ filter, model }: Address): string {
  return `?${new URLSearchParams(withoutEmpty({ ...filter, model }))}`;
}

function withoutEmpty(values: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}

function subscribe(onChange: () => void): () => void {
  addEventListener('popstate', onChange);
  return () => removeEventListener('popstate', onChange);
}
