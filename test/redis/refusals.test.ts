import { expect, test } from 'vitest';
import { createRefusals } from '../../src/redis/refusals.js';

function open() {
  const clock = { at: 0 };
  return { clock, refusals: createRefusals(() => clock.at) };
}

test('a refusal ends with a success of the same effect, and not of another', () => {
  const { clock, refusals } = open();
  refusals.refused('store', 'OOM');
  clock.at = 10_000;
  refusals.worked('read', false);
  refusals.worked('remove', false);
  expect(refusals.reason()).toBe('OOM');
  refusals.worked('store', false);
  expect(refusals.reason()).toBeNull();
});

test('a success between two refusals ends nothing', () => {
  const { clock, refusals } = open();
  for (clock.at = 0; clock.at < 20_000; clock.at += 500) {
    refusals.refused('store', 'OOM');
    clock.at += 500;
    refusals.worked('store', false);
    expect(refusals.reason()).toBe('OOM');
  }
  clock.at += 2000;
  refusals.worked('store', false);
  expect(refusals.reason()).toBeNull();
});

test('a success on a fresh connection ends a refusal at once', () => {
  const { refusals } = open();
  refusals.refused('store', 'READONLY');
  refusals.worked('store', true);
  expect(refusals.reason()).toBeNull();
});

test('the first of several refusals is reported until it ends', () => {
  const { refusals } = open();
  refusals.refused('read', 'MASTERDOWN');
  refusals.refused('store', 'READONLY');
  expect(refusals.reason()).toBe('MASTERDOWN');
  expect(refusals.effects()).toEqual(['read', 'store']);
  refusals.worked('read', true);
  expect(refusals.reason()).toBe('READONLY');
});

test('the first of alternating reasons is reported until it stops', () => {
  const { clock, refusals } = open();
  for (clock.at = 0; clock.at < 5000; clock.at += 500) {
    refusals.refused('store', 'MOVED');
    refusals.refused('store', 'CROSSSLOT');
    expect(refusals.reason()).toBe('MOVED');
  }
  clock.at += 2000;
  refusals.refused('store', 'READONLY');
  expect(refusals.reason()).toBe('READONLY');
});

test('an error reply tells more than silence', () => {
  const { refusals } = open();
  refusals.refused('store', 'TIMEOUT');
  refusals.refused('store', 'LOADING');
  expect(refusals.reason()).toBe('LOADING');
});
