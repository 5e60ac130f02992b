// The name of a caller's session in the cloud's audit trail. Pure.
import { createHash } from 'node:crypto';

const LENGTH_MAX = 64;
/** 96 bits: no two subjects share a name, even when characters of them had to be left out. */
const HASH_LENGTH = 16;

/** 2 to 64 of the letters, digits and . @ - _ that STS accepts; readable as far as these allow. */
export function roleSessionName(issuer: string, subject: string): string {
  const digest = createHash('sha256').update(JSON.stringify([issuer, subject]));
  const hash = digest.digest('base64url').slice(0, HASH_LENGTH);
  const readable = subject
    .replace(/[^A-Za-z0-9.@_-]+/g, '-')
    .slice(0, LENGTH_MAX - HASH_LENGTH - 1);
  return `${readable}.${hash}`;
}
