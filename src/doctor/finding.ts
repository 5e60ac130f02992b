// The report of the doctor: lines with a level each, and the conclusion from all of them. Pure.

export type Level = 'ok' | 'warn' | 'FAIL';

export interface Finding {
  readonly level: Level;
  /** The thing that was examined. */
  readonly name: string;
  /** In plain words, with the remedy when something is wrong. */
  readonly text: string;
}

const EXIT_FINE = 0;
/** PAI works, but something differs or is doubtful, or could not be checked. */
const EXIT_DOUBTFUL = 1;
export const EXIT_BROKEN = 2;

export const ok = (name: string, text: string): Finding => ({ level: 'ok', name, text });
export const warn = (name: string, text: string): Finding => ({ level: 'warn', name, text });
export const fail = (name: string, text: string): Finding => ({ level: 'FAIL', name, text });

export function exitCodeOf(findings: readonly Finding[]) {
  if (findings.some(({ level }) => level === 'FAIL')) return EXIT_BROKEN;
  return findings.some(({ level }) => level === 'warn') ? EXIT_DOUBTFUL : EXIT_FINE;
}

const CONCLUSIONS = {
  [EXIT_FINE]: 'all is well',
  [EXIT_DOUBTFUL]: 'it works, but see the lines with warn',
  [EXIT_BROKEN]: 'it does not work, see the lines with FAIL',
};

export function printFindings(findings: readonly Finding[], calls: number): string {
  const lines = findings.map(
    ({ level, name, text }) => `${level.padEnd(4)}  ${name.padEnd(17)}  ${text}\n`,
  );
  const spent = `${calls} ${calls === 1 ? 'call' : 'calls'} to PAI`;
  return `${lines.join('')}${spent}: ${CONCLUSIONS[exitCodeOf(findings)]}.\n`;
}
