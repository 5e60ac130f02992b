// `npm start` and its kin: builds, then is the server. The build has a process of its own, whose memory ends with it;
// the server has this one, which gets the signals.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('build.mjs', import.meta.url));

const { status } = spawnSync(process.execPath, [BUILD], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
await import('../dist/main.js');
