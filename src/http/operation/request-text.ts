// The texts of requests. What came lately in the same bytes is the same text, with the names it has in the
// memories of what was answered and prepared.
import { isUtf8 } from 'node:buffer';
import { HttpError } from '../http-error.js';

export class RequestText {
  readonly text: string;
  /** null: it is not known to come again. */
  readonly #names: Name[] | null;

  constructor(text: string, comesAgain: boolean) {
    this.text = text;
    this.#names = comesAgain ? [] : null;
  }

  /** The text and what else decides. Of what comes again for few of them, it is one string, whose hash V8 keeps. */
  under(...decisive: readonly string[]): string {
    const known = this.#names?.find((name) => isOf(name, decisive));
    if (known !== undefined) return known.whole;
    const whole = [...decisive, this.text].join(' ');
    if (whole.length > this.text.length + MAX_DECISIVE) return whole;
    if (this.#names?.length === MAX_NAMES) this.#names.shift();
    this.#names?.push({ decisive, whole });
    return whole;
  }
}

interface Name {
  readonly decisive: readonly string[];
  readonly whole: string;
}

function isOf({ decisive }: Name, others: readonly string[]): boolean {
  return (
    decisive.length === others.length && decisive.every((part, index) => part === others[index])
  );
}

/** Throws an HttpError for what is not UTF-8. */
export type TextOf = (bytes: Buffer) => RequestText;

/** A power of two. */
const SLOTS = 256;
const MAX_BYTES = 4096;
const MAX_NAMES = 4;
/** Of all in a name but the text, in characters. */
const MAX_DECISIVE = 1000;

/** What a kept text may come to take: the bytes, the text and its names, of two bytes a character. */
function memoryFor({ length }: Buffer): number {
  return length + 2 * length + 2 * MAX_NAMES * (length + MAX_DECISIVE);
}

/**
 * To make a text of bytes, to join it with what else decides and to hash it letter by letter took a tenth of
 * an answer from memory; to compare bytes takes next to nothing.
 */
export function createRequestTexts(maxBytes: number): TextOf {
  const slots = new Array<{ readonly bytes: Buffer; readonly text: RequestText } | undefined>(
    SLOTS,
  );
  // What comes once is not copied: it is kept when its place has missed the like of it before.
  const missed = new Int32Array(SLOTS);
  let reserved = 0;

  /** Beyond the bound all are forgotten, which costs no more than making them again. */
  function keep(slot: number, bytes: Buffer, text: RequestText): void {
    const earlier = slots[slot];
    reserved += memoryFor(bytes) - (earlier === undefined ? 0 : memoryFor(earlier.bytes));
    if (reserved > maxBytes) {
      slots.fill(undefined);
      reserved = memoryFor(bytes);
    }
    // A copy: what comes from a connection holds all that came with it.
    slots[slot] = { bytes: Buffer.from(bytes), text };
  }

  return (bytes) => {
    const hash = hashOf(bytes);
    const slot = hash & (SLOTS - 1);
    const kept = slots[slot];
    if (kept?.bytes.equals(bytes)) return kept.text;
    const isKept = bytes.length <= MAX_BYTES && missed[slot] === hash;
    missed[slot] = hash;
    const text = new RequestText(decode(bytes), isKept);
    if (isKept) keep(slot, bytes, text);
    return text;
  };
}

/** Of its length and a few of its bytes: whoever is in its place is compared whole. */
function hashOf(bytes: Buffer): number {
  const step = Math.max(1, bytes.length >> 4);
  let hash = bytes.length;
  for (let at = bytes.length - 1; at >= 0; at -= step) {
    hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  }
  return hash;
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw notJson();
  // A mark of the byte order is none of JSON.
  const text = bytes.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

function notJson(): HttpError {
  return new HttpError(400, 'The body is not valid JSON.');
}
