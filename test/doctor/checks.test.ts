// The checks that need no socket: clock, permission, latency and the verdict on all.
import { describe, expect, test } from 'vitest';
import { checkContract } from '../../src/doctor/compare.js';
import { exitCodeOf, fail, ok, printFindings, skip, warn } from '../../src/doctor/finding.js';
import { type Call, checkCall, checkClock, clockSkewMs } from '../../src/doctor/operations.js';
import { AppError, ERRORS, type ErrorCode, type ErrorDetails } from '../../src/domain/errors.js';

const at = (text: string) => Date.parse(text);

describe('the clock', () => {
  const date = 'Thu, 01 Jan 2026 00:00:10 GMT';
  const startedAt = at('2026-01-01T00:00:08.500Z');

  test('the clock is measured against the middle of the call', () => {
    const endedAt = startedAt + 4000;
    expect(clockSkewMs([{ startedAt, endedAt, date }])).toBe(0);
    expect(clockSkewMs([{ startedAt: startedAt + 60_000, endedAt: endedAt + 60_000, date }])).toBe(
      60_000,
    );
  });

  test('the clock is measured by the quickest of the answers that have a date', () => {
    const slow = { startedAt, endedAt: startedAt + 90_000, date };
    const quick = { startedAt: startedAt + 2000, endedAt: startedAt + 2000, date };
    const undated = { startedAt, endedAt: startedAt, date: undefined };
    expect(clockSkewMs([undated, slow, quick, { ...undated, date: 'soon' }])).toBe(0);
    expect(clockSkewMs([undated])).toBeNull();
  });

  test.each([
    [0, 'ok', 'within 1 s'],
    [30_000, 'ok', 'within 30 s'],
    [30_001, 'warn', '30 s ahead of PAI’s'],
    [-31_000, 'warn', '31 s behind PAI’s'],
    [899_999, 'warn', '900 s ahead'],
    [900_000, 'FAIL', '900 s ahead'],
    [-900_000, 'FAIL', '900 s behind'],
    [null, 'skip', 'not checked'],
  ] as const)('%s ms off is %s', (skewMs, level, words) => {
    expect(checkClock(skewMs)).toMatchObject({ level, text: expect.stringContaining(words) });
  });
});

function callWith(result: Call['result'], ms = 5): Call {
  return { operation: 'GetModel', startedAt: 1000, endedAt: 1000 + ms, date: undefined, result };
}

const answered = (body = {}, ms?: number) =>
  callWith({ kind: 'found', body, upstreamRequestId: undefined }, ms);

describe('an operation', () => {
  const failed = (code: ErrorCode, details: ErrorDetails = {}) =>
    checkCall(callWith({ kind: 'failed', error: new AppError(code, 'Words.', details) }), 5000);

  test('an operation that is answered is allowed, and slow past 2 s or half of the time limit', () => {
    const level = (ms: number, timeoutMs: number) => checkCall(answered({}, ms), timeoutMs).level;
    expect([level(2000, 5000), level(2001, 5000)]).toEqual(['ok', 'warn']);
    expect([level(500, 1000), level(501, 1000)]).toEqual(['ok', 'warn']);
  });

  test('an operation that is forbidden names its RAM action', () => {
    const details = { upstreamCode: 'NoPermission', upstreamRequestId: 'A-1' };
    expect(failed('FORBIDDEN', details)).toEqual({
      level: 'FAIL',
      name: 'GetModel',
      text: expect.stringMatching(
        /RAM action paimodel:GetModel.* \(PAI’s code NoPermission, request A-1\)$/,
      ),
    });
  });

  test.each([
    ['InvalidAccessKeyId.NotFound', 'Check its id'],
    ['SignatureDoesNotMatch', 'Check the secret'],
    ['InvalidSecurityToken.MismatchWithAccessKey', 'Get a new one'],
    ['InvalidTimeStamp.Expired', 'line of the clock'],
    ['SomethingNew', 'Check PAI_REGION'],
  ])('an operation that is rejected with %s names the setting to check', (upstreamCode, remedy) => {
    expect(failed('UPSTREAM_REJECTED', { upstreamCode }).text).toContain(remedy);
  });

  test('an operation that is throttled, or whose thing has gone, is not checked; any other failure is one', () => {
    expect(checkCall(callWith({ kind: 'not_found' }), 5000).level).toBe('skip');
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      expect(failed(code).level, code).toBe(code === 'RATE_LIMITED' ? 'skip' : 'FAIL');
    }
  });
});

describe('the verdict', () => {
  test('the verdict is the worst of the lines', () => {
    const [fine, doubtful, broken] = [ok('a', ''), warn('b', ''), fail('c', '')];
    const notChecked = skip('d', 'why');
    expect(exitCodeOf([])).toBe(0);
    expect(exitCodeOf([fine, fine])).toBe(0);
    expect(exitCodeOf([fine, doubtful])).toBe(1);
    expect(exitCodeOf([notChecked, broken, doubtful, fine])).toBe(2);
    expect(exitCodeOf([fine, notChecked, doubtful])).toBe(3);
  });

  test('the verdict ends the lines, with the number of calls and of lines of each level', () => {
    expect(printFindings([ok('clock', 'right'), warn('redis', 'gone')], 1)).toBe(
      'ok    clock              right\n' +
        'warn  redis              gone\n' +
        '1 call to PAI: it works, but see the lines with warn (1 ok, 1 warn).\n',
    );
    expect(printFindings([skip('clock', 'PAI is down.')], 2)).toBe(
      'skip  clock              not checked: PAI is down.\n' +
        '2 calls to PAI: nothing that was checked fails, but see the lines with skip (1 skip).\n',
    );
  });

  test('the verdict shows twenty differences and how many more there are', () => {
    const body = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`New${index}`, 1]));
    const findings = checkContract([answered(body)]);
    const texts = findings.filter(({ name }) => name === 'contract').map(({ text }) => text);
    expect(texts).toHaveLength(21);
    expect(texts[0]).toBe('GetModel: New0 is not recorded');
    expect(texts.at(-1)).toBe('and 5 more differences');
  });
});
