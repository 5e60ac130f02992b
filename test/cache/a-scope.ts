// The scope of callers of one view, of one deployment.
import { createScope, type Scope } from '../../src/cache/scope.js';

export function aScope(view = 'all'): Scope {
  const place = { namespace: null, region: null, endpoint: 'https://pai.example' };
  return createScope({ ...place, identity: 'hash', view });
}
