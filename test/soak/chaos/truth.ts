// The contents of the registry of one key, now and before: every answer is judged by them.
import type { SandboxModel } from '../../../sandbox/sandbox.js';

export const MODEL_COUNT = 80;
export const VERSIONS = ['1.0', '2.0'];

export const idOf = (index: number): string => `model-${index}`;

type State = 'absent' | 'hidden' | number;

interface Change {
  readonly at: number;
  /** A number is the revision of a model that may be seen. */
  readonly state: State;
}

export interface Truth {
  /** Changes a share of the models, and gives the models that the sandbox must hold from now on. */
  change(random: () => number, share: number): SandboxModel[];
  /** Whether it was so at any time from one moment to the other. */
  was(id: string, state: State, from: number, to: number): boolean;
}

/** A model as its key sees it; no two keys, ids or revisions have a text in common. */
export const nameOf = (key: string, id: string, revision: number): string =>
  `${key}/${id}/${revision}`;

export const HIDDEN = 'hidden';

export function createTruth(key: string): Truth {
  const histories = new Map<string, Change[]>();
  let revision = 0;

  const stateAtRandom = (random: () => number): State => {
    const luck = random();
    if (luck < 0.1) return 'absent';
    return luck < 0.2 ? 'hidden' : revision;
  };

  function modelOf(id: string, state: State): SandboxModel[] {
    if (state === 'absent') return [];
    const seen = state === 'hidden' ? 0 : state;
    const name = nameOf(key, id, seen);
    const model = {
      ModelId: id,
      ModelName: name,
      GmtCreateTime: '2024-01-01T00:00:00Z',
      Domain: state === 'hidden' ? HIDDEN : 'seen',
    };
    const versions = VERSIONS.map((version) => ({
      VersionName: version,
      VersionDescription: `${name}/${version}`,
      GmtCreateTime: '2024-01-01T00:00:00Z',
    }));
    return [{ model, versions, listedWithoutProvider: true }];
  }

  return {
    change(random, share) {
      revision += 1;
      const models: SandboxModel[] = [];
      for (let index = 0; index < MODEL_COUNT; index += 1) {
        const id = idOf(index);
        const history = histories.get(id) ?? [];
        histories.set(id, history);
        if (history.length === 0 || random() < share) {
          history.push({ at: Date.now(), state: stateAtRandom(random) });
        }
        models.push(...modelOf(id, history.at(-1)?.state ?? 'absent'));
      }
      return models;
    },
    was(id, state, from, to) {
      const history = histories.get(id) ?? [];
      return history.some((change, index) => {
        const until = history[index + 1]?.at ?? Number.POSITIVE_INFINITY;
        return change.state === state && change.at <= to && until >= from;
      });
    },
  };
}
