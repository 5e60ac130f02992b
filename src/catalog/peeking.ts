// The part of the registry that is fresh in this process, given at once instead of with a promise.
import type { Call } from '../domain/call.js';
import { type MaybePromise, whenThere } from '../domain/maybe-promise.js';
import type { Model, ModelVersion } from '../domain/model.js';
import type { SourcedModel, SourcedModelVersion } from '../domain/provenance.js';
import type { Accesses } from './accesses.js';
import type { Access } from './reading/fetcher.js';
import type { Read } from './reading/serving.js';
import type { Source, Sources, VersionKey } from './sources.js';

/** The caller of the reads, and its operation. */
export type Asking = Pick<Call, 'caller' | 'requestId'>;

export interface Peeking {
  /** Afterwards fresh entries in this process can be peeked at. Rejects where the caller has no access. */
  open(call: Call): MaybePromise<void>;
  /** Callers of one scope get the same answers, before workspaces narrow them. */
  scopeOf(asking: Asking): MaybePromise<string>;
  /** undefined: it has to be read. */
  peekModel(id: string, call: Call): SourcedModel | null | undefined;
  peekVersion(key: VersionKey, call: Call): SourcedModelVersion | null | undefined;
}

export interface PeekingParts {
  readonly access: (asking: Asking) => MaybePromise<Parameters<Accesses>[0]>;
  readonly accesses: Accesses;
  readonly asModel: (read: Read<Model>) => SourcedModel;
  readonly asVersion: (read: Read<ModelVersion>) => SourcedModelVersion;
}

export function createPeeking(
  { models, versions }: Sources,
  { access, accesses, asModel, asVersion }: PeekingParts,
): Peeking {
  const openAccess = (asking: Asking): MaybePromise<Access> =>
    whenThere(access(asking), (parts) => accesses(parts, asking.caller.view));

  function peek<Q, T>(source: Source<Q, T>, question: Q, call: Call): Read<T> | null | undefined {
    // Only `open` sets it.
    const where = call.opened as Access | null;
    return where === null ? undefined : source.peek(question, where, call);
  }

  return {
    open: (call) =>
      whenThere(openAccess(call), (where) => {
        call.opened = where;
      }),
    scopeOf: (asking) => whenThere(openAccess(asking), ({ scopeId }) => scopeId),
    peekModel(id, call) {
      const read = peek(models, id, call);
      return read && asModel(read);
    },
    peekVersion(key, call) {
      const read = peek(versions, key, call);
      return read && asVersion(read);
    },
  };
}
