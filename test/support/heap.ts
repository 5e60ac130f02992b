// The size of this process's heap after garbage collection.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** In bytes. */
export function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  // The first collection may leave what only weak references and finalizers held.
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
