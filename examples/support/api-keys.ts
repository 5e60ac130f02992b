// Settings of a server that only the holder of a key may ask.
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const API_KEY = 'demo-key';

export function withApiKeys(): Record<string, string> {
  const path = join(mkdtempSync(join(tmpdir(), 'examples-')), 'keys.json');
  const sha256 = createHash('sha256').update(API_KEY).digest('hex');
  writeFileSync(path, JSON.stringify([{ client: 'example', sha256 }]));
  return { AUTH: 'api-key', API_KEYS_FILE: path };
}
