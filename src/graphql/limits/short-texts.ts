// How much of the texts of a client messages and events repeat: each may be as long as a request.

/** Of an operation, for events. */
export function shownName(name: string | null | undefined): string | null {
  return name?.slice(0, 100) ?? null;
}

export function shortName(name: string): string {
  return shorten(name, 80);
}

export function shortMessage(message: string): string {
  return shorten(message, 300);
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
