// The commands of docs/sandbox.md are run against its settings, and print the output that it shows.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { freePort } from './support/free-port.js';
import { describeWith, REPO_ROOT } from './support/programs.js';
import { blockOf, masked, replay, settingsOf } from './support/transcripts.js';
import { startTestApp } from './support/with-app.js';

describeWith('curl', 'docs/sandbox.md', () => {
  test.each(['error', 'delay', 'outage', 'unknown'])('shows the recipe: %s', async (recipe) => {
    const document = readFileSync(`${REPO_ROOT}docs/sandbox.md`, 'utf8');
    const settings = settingsOf(blockOf(document, 'settings'));
    const port = String(await freePort());
    const app = await startTestApp({ ...settings, SANDBOX_PORT: port });
    const transcript = blockOf(document, `transcript: ${recipe}`);
    expect(transcript).not.toBe('');
    const sandboxUrl = `http://127.0.0.1:${port}`;
    const now = await replay(transcript, app.url, sandboxUrl);
    await app.close();
    expect(app.source).toBe(`sample models of the embedded sandbox at ${sandboxUrl}`);
    expect(masked(now)).toBe(masked(transcript));
  });
});
