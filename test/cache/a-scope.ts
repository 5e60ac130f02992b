// The scope of callers of one view, of one deployment.
import type { Scope } from '../../src/cache/entry.js';
import { createScope } from '../../src/catalog/scope.js';
import type { View } from '../../src/domain/caller.js';

/** A view for each name. */
export function aView(name = 'all'): View {
  return name === 'all' ? { kind: 'all' } : { kind: 'workspaces', ids: [name] };
}

export function aScope(view = 'all'): Scope {
  const place = { namespace: null, region: null, endpoint: 'https://pai.example' };
  return createScope({ ...place, identity: 'hash', view: aView(view) });
}
