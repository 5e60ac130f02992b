// The opened caches, by access and by view, so that a scope is not hashed for every operation.
import { type CacheTiers, cacheFor } from '../cache/cache.js';
import { createScope, type ScopeParts } from '../cache/scope.js';
import type { Access } from './reading/fetcher.js';

export type Accesses = (parts: Omit<ScopeParts, 'view'>, view: string) => Access;

/** The number of remembered views of one access; beyond it all are forgotten, which costs one hash for each. */
const MAX_VIEWS = 1000;
/** In characters. A longer one is a token's list of workspaces: it is hashed each time. */
const MAX_VIEW = 1000;

/** Equal parts give equal scopes; only the same object is recognised without hashing. */
export function createAccesses(tiers: CacheTiers): Accesses {
  const opened = new WeakMap<object, Map<string, Access>>();

  function open(parts: Omit<ScopeParts, 'view'>, view: string): Access {
    const scope = createScope({ ...parts, view });
    return { cache: cacheFor(tiers, scope), scopeId: scope.id };
  }

  return (parts, view) => {
    let views = opened.get(parts);
    if (views === undefined || views.size >= MAX_VIEWS) {
      views = new Map();
      opened.set(parts, views);
    }
    const access = views.get(view) ?? open(parts, view);
    if (view.length <= MAX_VIEW) views.set(view, access);
    return access;
  };
}
