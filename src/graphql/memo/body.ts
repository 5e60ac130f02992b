// The text of an answer with how it goes over the wire: measured once, and not for each time it is sent.

export interface Body {
  readonly text: string;
  /** On the wire. */
  readonly bytes: number;
  /** Node copies Latin-1 as it stands; for ASCII the bytes are those of UTF-8. */
  readonly encoding: 'latin1' | 'utf8';
}

export function bodyOf(text: string): Body {
  const bytes = Buffer.byteLength(text);
  return { text, bytes, encoding: bytes === text.length ? 'latin1' : 'utf8' };
}

/** In memory, at most: a text with a single character beyond Latin-1 takes two bytes for each. */
export function heldBytes({ text, encoding }: Body): number {
  return encoding === 'latin1' ? text.length : text.length * 2;
}
