// A port for a program that is told one and listens in a while.
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to a program that asks for any (from 32768 on): one of those may go to
 * another test before the program listens on it.
 */
const PORTS = { first: 20_000, count: 12_000 };

export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
