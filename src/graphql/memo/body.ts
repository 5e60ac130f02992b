// The body of an answer as it goes over the wire: encoded once, and not for each time it is sent.

export interface Body {
  /** Node writes a text together with the head before it; ASCII it copies as Latin-1, as it stands. */
  readonly content: string | Buffer;
  readonly bytes: number;
}

export function bodyOf(text: string): Body {
  const encoded = Buffer.from(text);
  const isAscii = encoded.length === text.length;
  return { content: isAscii ? text : encoded, bytes: encoded.length };
}
