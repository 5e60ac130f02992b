// The file of REDIS_TLS_CA_FILE: the authorities that are trusted for Redis.
import { X509Certificate } from 'node:crypto';
import type { Parsed } from '../lib/parsed.js';

export function parseCaFile(text: string): Parsed<string> {
  try {
    new X509Certificate(text);
    return { ok: true, value: text };
  } catch {
    return { ok: false, problems: ['It must hold certificates in PEM.'] };
  }
}
