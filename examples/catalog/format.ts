// Values in words; a dash where PAI says nothing.
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat('en', { notation: 'compact' });
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

export const NOTHING = '–';

export const formatNumber = (value: number | null | undefined) =>
  value == null ? NOTHING : number.format(value);

export const formatCount = (value: number | null | undefined) =>
  value == null ? NOTHING : compact.format(value);

export const formatDay = (value: string | null) =>
  value === null ? NOTHING : day.format(new Date(value));

export const formatTotal = (count: number, noun: string) =>
  `${count} ${count === 1 ? noun : `${noun}s`}`;

/** The id where a caller may not see the name. */
export const workspaceOf = ({ workspace, workspaceId }: ModelInWorkspace) =>
  workspace?.displayName ?? workspaceId;

interface ModelInWorkspace {
  readonly workspaceId: string | null;
  readonly workspace: { readonly displayName: string | null } | null;
}
