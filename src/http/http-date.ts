// The date of an answer, written once a second.
const SECOND_MS = 1000;

let writtenFor = Number.NaN;
let written = '';

export function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / SECOND_MS);
  if (second !== writtenFor) {
    writtenFor = second;
    written = new Date(second * SECOND_MS).toUTCString();
  }
  return written;
}
