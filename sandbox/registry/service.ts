// The model registry as a service: determines operation and signing key, and checks the quota; makes no answers.
import type { Admitted, Service } from '../question.js';
import type { Quota } from '../quota.js';
import { timeOfEvent } from '../request-log.js';
import { findRoute, routeOrUndefined } from '../routes.js';
import { decodeQuery, type ReceivedRequest } from '../signature/canonical.js';
import type { NonceMemory } from '../signature/nonces.js';
import { claimedKeyId, verifyRequest } from '../signature/verify.js';
import type { SandboxKey } from '../wire.js';
import { type Call, forAnotherModel, perform } from './operations.js';
import type { Registry } from './registry.js';

export interface RegistryServiceOptions {
  readonly registry: Registry;
  readonly pageSizeMax: () => number;
  readonly keys: readonly SandboxKey[];
  /** The temporary keys. */
  readonly findIssuedKey: (keyId: string) => SandboxKey | undefined;
  readonly nonces: NonceMemory;
  readonly quota: Quota | undefined;
  readonly now: () => number;
}

export function createRegistryService(options: RegistryServiceOptions): Service {
  const { nonces, quota, findIssuedKey } = options;

  const authenticate = (request: ReceivedRequest): Call => {
    const route = findRoute(request.method, request.path);
    const issued = findIssuedKey(claimedKeyId(request.headers.authorization));
    const keys = issued ? [issued] : options.keys;
    const action = route.operation;
    const key = verifyRequest(request, { keys, nonces, now: options.now(), action });
    return { route, key, query: Object.fromEntries(decodeQuery(request.query)) };
  };

  const admit = (request: ReceivedRequest): Admitted => {
    const call = authenticate(request);
    quota?.(call.key.account ?? call.key.id, call.route.operation, timeOfEvent());
    return {
      body: () => perform(options, call),
      otherBody: () => perform(options, forAnotherModel(options, call)),
    };
  };

  return {
    product: 'AIWorkSpace',
    question(request) {
      const route = routeOrUndefined(request.method, request.path);
      return {
        operation: route?.operation ?? request.headers['x-acs-action'] ?? '',
        modelId: route?.modelId ?? '',
        admit: () => admit(request),
      };
    },
  };
}
