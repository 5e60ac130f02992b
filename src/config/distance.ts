// The optimal string alignment distance: insertions, deletions, substitutions and swaps of two neighbours. Pure.

/** Infinity beyond `max`. Takes at most (shorter length × 2 `max`) steps, and a few steps for most pairs. */
export function distance(left: string, right: string, max: number): number {
  if (Math.abs(left.length - right.length) > max) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const next = nextRow({ left, right, row, max }, last, beforeLast);
    if (next.every((value) => value > max)) return Number.POSITIVE_INFINITY;
    beforeLast = last;
    last = next;
  }
  const found = at(last, right.length);
  return found > max ? Number.POSITIVE_INFINITY : found;
}

interface Row {
  readonly left: string;
  readonly right: string;
  readonly row: number;
  readonly max: number;
}

/** Only cells at most `max` beside the diagonal can have a distance within `max`. */
function nextRow(
  { left, right, row, max }: Row,
  last: readonly number[],
  beforeLast: readonly number[],
): number[] {
  const next: number[] = row <= max ? [row] : [];
  const end = Math.min(right.length, row + max);
  for (let column = Math.max(1, row - max); column <= end; column += 1) {
    const isSame = left[row - 1] === right[column - 1];
    const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
    next[column] = Math.min(
      at(next, column - 1) + 1,
      at(last, column) + 1,
      at(last, column - 1) + (isSame ? 0 : 1),
      isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
    );
  }
  return next;
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
