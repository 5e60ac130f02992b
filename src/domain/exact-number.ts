// A number of a JSON text that a double cannot hold, kept as its digits. It does not calculate.

let written = 0;

export class ExactNumber {
  /** The digits as in the text, with sign and exponent. */
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }

  /** JSON.stringify cannot write the digits as a number, only as a string; each such write is counted. */
  toJSON(): string {
    written += 1;
    return this.digits;
  }
}

/** How often JSON.stringify has written such a number since the process began. */
export function exactNumbersWritten(): number {
  return written;
}

/** The nearest double, which may be infinite. undefined: the value is not a number. */
export function doubleOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof ExactNumber ? Number(value.digits) : undefined;
}
