// The errors of Node, by their code: their texts may name hosts and paths.

/** undefined: the error has no code. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** The problem of a file that a setting names. */
export function unreadableFile(error: unknown): string {
  return `It could not be read (${systemCodeOf(error) ?? 'unknown'}).`;
}
