import { expect, test } from 'vitest';
import { Refusals, reasonOf } from '../../src/redis/refusals.js';

function open() {
  const clock = { at: 0 };
  return { clock, refusals: new Refusals(() => clock.at) };
}

test('a success between two refusals ends nothing', () => {
  const { clock, refusals } = open();
  for (clock.at = 0; clock.at < 20_000; clock.at += 500) {
    refusals.refused('OOM');
    clock.at += 500;
    refusals.endIfQuiet();
    expect(refusals.reason()).toBe('OOM');
  }
  clock.at += 2000;
  refusals.endIfQuiet();
  expect(refusals.reason()).toBeNull();
});

test('a success on a fresh connection ends a refusal at once', () => {
  const { refusals } = open();
  refusals.refused('READONLY');
  refusals.end();
  expect(refusals.reason()).toBeNull();
});

test('the first of alternating reasons is reported until it stops', () => {
  const { clock, refusals } = open();
  for (clock.at = 0; clock.at < 5000; clock.at += 500) {
    refusals.refused('MOVED');
    refusals.refused('CROSSSLOT');
    expect(refusals.reason()).toBe('MOVED');
  }
  clock.at += 2000;
  refusals.refused('READONLY');
  expect(refusals.reason()).toBe('READONLY');
});

test('an error reply tells more than silence', () => {
  const { refusals } = open();
  refusals.refused('TIMEOUT');
  refusals.refused('LOADING');
  expect(refusals.reason()).toBe('LOADING');
});

test.each([
  ["READONLY You can't write against a read only replica.", 'READONLY'],
  [
    "READONLY You can't write against a read only replica. script: cf0c, on @user_script:1.",
    'READONLY',
  ],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM'],
  ['MOVED 3999 127.0.0.1:6381', 'MOVED'],
  ['CLUSTERDOWN Hash slot not served', 'CLUSTERDOWN'],
  ["CROSSSLOT Keys in request don't hash to the same slot", 'CROSSSLOT'],
  ["NOPERM this user has no permissions to run the 'set' command", 'NOPERM'],
  ['NOAUTH Authentication required.', 'NOAUTH'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS'],
  ['LOADING Redis is loading the dataset in memory', 'LOADING'],
  ['MASTERDOWN Link with MASTER is down', 'MASTERDOWN'],
  // Scripts before Redis 7.
  [
    'ERR Error running script (call to f_1a): @user_script:9: @user_script: 9: -READONLY You can’t write.',
    'READONLY',
  ],
  [
    "ERR Error running script (call to f_1a): @user_script:9: @user_script: 9: -OOM command not allowed when used memory > 'maxmemory'.",
    'OOM',
  ],
  // Scripts that lack a right: Redis 7.0, and 7.2 and later.
  [
    "ERR The user executing the script can't run this command or subcommand script: cf0c, on @user_script:1.",
    'NOPERM',
  ],
  ["ERR ACL failure in script: User u has no permissions to run the 'zadd' command", 'NOPERM'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'OTHER'],
  ['ERR unknown command', 'OTHER'],
  ['TIMEOUTS are none', 'OTHER'],
  ['', 'OTHER'],
])('the reason of the reply “%s” is %s', (reply, reason) => {
  expect(reasonOf(reply)).toBe(reason);
});
