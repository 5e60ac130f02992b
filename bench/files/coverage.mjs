// Loaded into the server's process by --import: gives, when asked, the functions that ran since the last question.
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

/** Each taking sets the counts to zero. */
process.on('message', async () => {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const files = result
    .filter(({ url }) => url.startsWith('file://') && !url.includes('/node_modules/'))
    .map(({ url, functions }) => ({
      path: fileURLToPath(url),
      functions: functions.filter(hasRun).map(({ functionName }) => functionName),
    }));
  process.send(files.filter(({ functions }) => functions.length > 0));
});

function hasRun({ ranges: [whole] }) {
  return whole.count > 0;
}
