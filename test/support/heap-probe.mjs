// Loaded into the server's process by --import, with --expose-gc: when asked, tells the process's memory after a
// collection of all garbage.
process.on('message', () => {
  // The first collection may leave what only weak references and finalizers held.
  gc();
  gc();
  process.send(process.memoryUsage());
});
