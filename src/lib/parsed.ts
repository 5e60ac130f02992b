// The result of reading a text that a person or a program wrote: its value, or all of its problems together.
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };
