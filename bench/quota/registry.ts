// What upstream and load agree on: the models, their tasks, and the quota.
/** As the peers sign. */
export const KEY = { id: 'bench', secret: 'secret' };
export const MODELS = 5000;
/** PAI's documented quota of GetModel, here that of each operation. */
export const PER_SECOND = 50;

const TASKS = 25;

export function taskOf(index: number): string {
  return `task-${index % TASKS}`;
}
