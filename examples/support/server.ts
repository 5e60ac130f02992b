// Starts the built server as a process of its own, with the sandbox's sample models.
import { join } from 'node:path';
import { startProgram } from './program';

export const PROGRAM = join(import.meta.dirname, '../../dist/main.js');

export interface Server extends AsyncDisposable {
  /** Without a path, e.g. `http://127.0.0.1:40001`. */
  readonly origin: string;
  /** The address of GraphQL. */
  readonly url: string;
}

export async function startServer(env: Record<string, string> = {}): Promise<Server> {
  const ready = /"msg":"GraphQL at (http:\/\/[^/\s]+)/;
  const program = await startProgram([PROGRAM], ready, {
    env: { PORT: '0', LOG_LEVEL: 'warn', ...env },
  });
  const [, origin = ''] = ready.exec(program.output) ?? [];
  return {
    origin,
    url: `${origin}/graphql`,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
