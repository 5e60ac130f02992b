// The start and the end of every peer's process: one line when it is ready, an exit on SIGTERM.
export function ready(port) {
  process.stdout.write(`ready at http://127.0.0.1:${port}\n`);
  process.once('SIGTERM', () => process.exit(0));
}
