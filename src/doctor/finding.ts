// The report of the doctor: lines with a level each, and the conclusion from all of them. Pure.

/** skip: the check did not run. */
export type Level = 'ok' | 'warn' | 'FAIL' | 'skip';

export interface Finding {
  readonly level: Level;
  /** The thing that was examined. */
  readonly name: string;
  /** In plain words, with the remedy when something is wrong. */
  readonly text: string;
}

const LEVELS: readonly Level[] = ['ok', 'warn', 'FAIL', 'skip'];

const EXIT_FINE = 0;
/** PAI works, but something differs or is doubtful. */
const EXIT_DOUBTFUL = 1;
export const EXIT_BROKEN = 2;
/** Nothing failed, but not all was checked. */
const EXIT_NOT_CHECKED = 3;

export const ok = (name: string, text: string): Finding => ({ level: 'ok', name, text });
export const warn = (name: string, text: string): Finding => ({ level: 'warn', name, text });
export const fail = (name: string, text: string): Finding => ({ level: 'FAIL', name, text });
export const skip = (name: string, reason: string): Finding => ({
  level: 'skip',
  name,
  text: `not checked: ${reason}`,
});

export function exitCodeOf(findings: readonly Finding[]) {
  const has = (wanted: Level) => findings.some(({ level }) => level === wanted);
  if (has('FAIL')) return EXIT_BROKEN;
  if (has('skip')) return EXIT_NOT_CHECKED;
  return has('warn') ? EXIT_DOUBTFUL : EXIT_FINE;
}

const CONCLUSIONS = {
  [EXIT_FINE]: 'all is well',
  [EXIT_DOUBTFUL]: 'it works, but see the lines with warn',
  [EXIT_BROKEN]: 'it does not work, see the lines with FAIL',
  [EXIT_NOT_CHECKED]: 'nothing that was checked fails, but see the lines with skip',
};

export function printFindings(findings: readonly Finding[], calls: number): string {
  const lines = findings.map(
    ({ level, name, text }) => `${level.padEnd(4)}  ${name.padEnd(17)}  ${text}\n`,
  );
  const spent = `${calls} ${calls === 1 ? 'call' : 'calls'} to PAI`;
  const counts = LEVELS.map((level) => ({
    level,
    count: findings.filter((finding) => finding.level === level).length,
  })).filter(({ count }) => count > 0);
  const tally = counts.map(({ level, count }) => `${count} ${level}`).join(', ');
  return `${lines.join('')}${spent}: ${CONCLUSIONS[exitCodeOf(findings)]} (${tally}).\n`;
}
