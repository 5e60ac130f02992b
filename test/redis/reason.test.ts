import { expect, test } from 'vitest';
import { reasonOf } from '../../src/redis/reason.js';

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
])('%s is %s', (reply, reason) => {
  expect(reasonOf(reply)).toBe(reason);
});
