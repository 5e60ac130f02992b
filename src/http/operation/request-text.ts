// The texts of requests. The same bytes as in a recent request give the same text object, with its keys in the
// memories of answers and of prepared requests.
import { isUtf8 } from 'node:buffer';
import { HttpError } from '../http-error.js';

export class RequestText {
  readonly text: string;
  /** null: the text is not known to come again. */
  readonly #names: Name[] | null;

  constructor(text: string, comesAgain: boolean) {
    this.text = text;
    this.#names = comesAgain ? [] : null;
  }

  /** The text with the other parts of a key. For a repeated text with few parts it is one string; V8 keeps its hash. */
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

/** Throws an HttpError for bytes that are not UTF-8. */
export type TextOf = (bytes: Buffer) => RequestText;

/** A power of two. */
const SLOTS = 256;
const MAX_BYTES = 4096;
const MAX_NAMES = 4;
/** The bound for the parts of a name without the text, in characters. */
const MAX_DECISIVE = 1000;

/** The most memory that a kept text may take: the bytes, the text and its names, with two bytes per character. */
function memoryFor({ length }: Buffer): number {
  return length + 2 * length + 2 * MAX_NAMES * (length + MAX_DECISIVE);
}

/**
 * Decoding the bytes, joining the text with the other parts and hashing the result took a tenth of an answer
 * from memory; comparing bytes takes almost no time.
 */
export function createRequestTexts(maxBytes: number): TextOf {
  const slots = new Array<{ readonly bytes: Buffer; readonly text: RequestText } | undefined>(
    SLOTS,
  );
  // Bytes that come once are not copied: they are kept when the slot has missed the same hash just before.
  const missed = new Int32Array(SLOTS);
  let reserved = 0;

  /** Above the bound all texts are dropped; the only cost is to make them again. */
  function keep(slot: number, bytes: Buffer, text: RequestText): void {
    const earlier = slots[slot];
    reserved += memoryFor(bytes) - (earlier === undefined ? 0 : memoryFor(earlier.bytes));
    if (reserved > maxBytes) {
      slots.fill(undefined);
      reserved = memoryFor(bytes);
    }
    // A copy is kept, because a buffer from a connection keeps all bytes of its read in memory.
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

/** Hashes the length and a few of the bytes: the text in the slot is then compared whole. */
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
  // A byte order mark is not part of the JSON.
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
