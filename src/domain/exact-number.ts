// A number of a JSON text that a double does not hold, by its digits. It does not calculate.

let written = 0;

export class ExactNumber {
  /** As they stand in the text, with sign and exponent. */
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }

  /** JSON.stringify can write no digits of our own, only a text of them; that it met them is counted. */
  toJSON(): string {
    written += 1;
    return this.digits;
  }
}

/** How often JSON.stringify has met one since the process began. */
export function exactNumbersWritten(): number {
  return written;
}

/** The nearest double, which may be infinite. undefined: it is not a number. */
export function doubleOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof ExactNumber ? Number(value.digits) : undefined;
}
