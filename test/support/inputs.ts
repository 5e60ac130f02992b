// How much a test repeats: little in a developer's run, in full with RANDOM_INPUTS=all, as .ci/run sets it.

export function inputs(few: number, all: number): number {
  return process.env.RANDOM_INPUTS === 'all' ? all : few;
}
