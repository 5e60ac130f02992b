// Classifies an error reply of Redis as one of a bounded set of refusals. It keeps no part of the text.
import { REDIS_REASONS, type RedisReason } from '../domain/redis-state.js';

const KNOWN: ReadonlySet<string> = new Set(REDIS_REASONS);

export function reasonOf(reply: string): RedisReason {
  // Before Redis 7 the reply of a script has the code of the command that failed inside the text.
  for (const pattern of [/^([A-Z]+)\b/, /-([A-Z]+) /]) {
    const word = pattern.exec(reply)?.[1];
    if (word !== undefined && isReason(word)) return word;
  }
  // A missing right of a script has no code: the first text is of Redis 7.0 and earlier, the second of later ones.
  const isRight = /user executing the script can't|ACL failure in script/.test(reply);
  return isRight ? 'NOPERM' : 'OTHER';
}

function isReason(word: string): word is RedisReason {
  return KNOWN.has(word);
}
