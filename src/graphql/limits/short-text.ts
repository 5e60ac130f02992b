// Shortens the texts of a client in messages: a name may be as long as the request.

const MAX_NAME = 80;
const MAX_MESSAGE = 300;

export function shortName(name: string): string {
  return shorten(name, MAX_NAME);
}

export function shortMessage(message: string): string {
  return shorten(message, MAX_MESSAGE);
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
