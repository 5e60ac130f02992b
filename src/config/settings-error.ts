// The error for wrong settings and for wrong files that settings name.

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];
  /** Possible causes: a setting with a misspelt name is missing. */
  readonly warnings: readonly string[];

  constructor(problems: readonly string[], warnings: readonly string[] = []) {
    super(problems.join(' '));
    this.problems = problems;
    this.warnings = warnings;
  }
}

/** Names the setting in each line of an error: the file that the setting names is wrong. */
export async function ofSetting<T>(name: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'It cannot be read.';
    throw new SettingsError(reason.split('\n').map((line) => `${name}: ${line}`));
  }
}

/** Gives all values; else throws one SettingsError with all problems, or the first error of another kind. */
export async function allSettings<T extends readonly unknown[]>(
  openings: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const failures = (await Promise.allSettled(openings)).flatMap((outcome): unknown[] =>
    outcome.status === 'rejected' ? [outcome.reason] : [],
  );
  const problems = failures.flatMap((failure) => {
    if (!(failure instanceof SettingsError)) throw failure;
    return failure.problems;
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return Promise.all(openings);
}
