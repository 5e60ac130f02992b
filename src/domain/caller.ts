// Who asks, as far as sparing and sharing upstream calls go.

export interface Caller {
  /** Callers take turns for quota; one lane never holds up another beyond its share. */
  readonly lane: string;
  /** What of the registry the caller may see: callers of equal views share answers, no others do. */
  readonly view: string;
  /** Only models of these workspaces exist for the caller; null: whatever the credentials see. */
  readonly workspaces: readonly string[] | null;
}
