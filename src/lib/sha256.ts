// SHA-256 of texts, and the form of its hex digits.
import { hash } from 'node:crypto';

export function sha256(text: string, encoding: 'hex' | 'base64' | 'base64url' = 'hex'): string {
  return hash('sha256', text, encoding);
}

export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
