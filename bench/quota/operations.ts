// The load: what the users of a catalog ask for, some models and some lists far more often than others.
import type { Operation } from '../http-request.js';
import type { Random } from '../random.js';
import { modelIds } from '../registry.js';
import { MODELS, taskOf } from './registry.js';

const DETAIL = `query Detail($id: ID!) {
  model(id: $id) { name task createdAt label(key: "env") latestVersion { versionName approvalStatus } }
}`;
const LIST = `query List($task: String!) {
  models(first: 20, filter: { task: $task }) { totalCount nodes { id name latestVersion { versionName } } }
}`;
const VERSIONS = `query Versions($id: ID!) {
  model(id: $id) { name versions(first: 3) { nodes { versionName uri model { name } } } }
}`;
const REFERENCES = `query References($refs: [_Any!]!) {
  _entities(representations: $refs) { ... on Model { id name task } }
}`;
const REFERENCES_OF_ONE = 10;

/** The next operation: 60 % details of a model, 25 % lists, 10 % versions of a model, 5 % references of a gateway. */
export function createOperations(random: Random): () => Operation {
  const nextRank = zipf(MODELS, random);
  const popular = shuffled(modelIds(MODELS), random);
  const id = () => popular[nextRank()] ?? '';
  const reference = () => ({ __typename: 'Model', id: id() });
  return () => {
    const kind = random();
    if (kind < 0.6) return { query: DETAIL, variables: { id: id() } };
    if (kind < 0.85) return { query: LIST, variables: { task: taskOf(nextRank()) } };
    if (kind < 0.95) return { query: VERSIONS, variables: { id: id() } };
    const refs = Array.from({ length: REFERENCES_OF_ONE }, reference);
    return { query: REFERENCES, variables: { refs } };
  };
}

/** Zipf's law: the rank k, counted from 0, is drawn in proportion to 1 / (k + 1). */
function zipf(count: number, random: Random): () => number {
  let total = 0;
  const sums = Float64Array.from({ length: count }, (_, rank) => {
    total += 1 / (rank + 1);
    return total;
  });
  return () => {
    const drawn = random() * total;
    return sums.findIndex((sum) => drawn < sum);
  };
}

/** Fisher and Yates: so that popular models stand anywhere in a list. */
function shuffled(items: readonly string[], random: Random): readonly string[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(random() * (last + 1));
    const [one = '', other = ''] = [all[last], all[chosen]];
    all[last] = other;
    all[chosen] = one;
  }
  return all;
}
