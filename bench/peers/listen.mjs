// What every peer's process does at its edges: one line when it is ready, an end on SIGTERM.
export function ready(port) {
  process.stdout.write(`ready at http://127.0.0.1:${port}\n`);
  process.once('SIGTERM', () => process.exit(0));
}
