// Loaded into the server's process by --import: reports, when asked, its memory and how long its event loop was
// blocked.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Off until the first question: its timer costs a little. */
const delay = monitorEventLoopDelay({ resolution: 1 });

const answers = {
  watch() {
    delay.enable();
    delay.reset();
    return {};
  },
  delay: () => ({
    p999Ms: delay.percentile(99.9) / 1e6,
    maxMs: delay.max / 1e6,
    samples: delay.count,
  }),
  memory() {
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heldBytes: heapUsed + external, residentBytes: rss };
  },
};

process.on('message', (question) => process.send(answers[question]()));
