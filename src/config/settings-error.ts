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
