// Which kind of refusal an error reply of Redis is, out of a bounded set. It keeps nothing of the text.
import { REDIS_REASONS, type RedisReason } from '../domain/redis-state.js';

const KNOWN: ReadonlySet<string> = new Set(REDIS_REASONS);

export function reasonOf(reply: string): RedisReason {
  // Before Redis 7 the reply of a script has the code of the command that failed inside the text.
  for (const pattern of [/^([A-Z]+)\b/, /-([A-Z]+) /]) {
    const word = pattern.exec(reply)?.[1];
    if (word !== undefined && isReason(word)) return word;
  }
  // A right that a script lacks has no code of its own: the one text is of Redis 7.0 and earlier, the other later.
  const isRight = /user executing the script can't|ACL failure in script/.test(reply);
  return isRight ? 'NOPERM' : 'OTHER';
}

function isReason(word: string): word is RedisReason {
  return KNOWN.has(word);
}
