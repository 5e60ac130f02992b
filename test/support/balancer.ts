// A balancer in front of replicas: it takes turns, keeps connections, asks for readiness, and sends no request twice.
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Requests that no replica answered. */
  readonly failures: readonly string[];
  /** Sends requests to a replica while it is ready, and for `lateMs` after it is not. */
  add(url: string): void;
  isUsing(url: string): boolean;
}

const CHECK_MS = 50;

interface Replica {
  readonly url: string;
  readonly agent: Agent;
}

export async function startBalancer(lateMs: number): Promise<Balancer> {
  const known: Replica[] = [];
  const used: Replica[] = [];
  const failures: string[] = [];
  let isClosed = false;
  let turn = 0;

  async function follow(replica: Replica): Promise<void> {
    await untilReady(replica.url, true);
    used.push(replica);
    await untilReady(replica.url, false);
    await pause(lateMs);
    used.splice(used.indexOf(replica), 1);
  }

  /** Over connections of its own; a replica that cannot be reached is not ready. */
  async function untilReady(url: string, wanted: boolean): Promise<void> {
    while (!isClosed) {
      const isReady = await fetch(`${url}/readyz`).then(
        async (response) => (await response.text()) !== '' && response.ok,
        () => false,
      );
      if (isReady === wanted) return;
      await pause(CHECK_MS);
    }
  }

  function forward(req: IncomingMessage, res: ServerResponse): void {
    turn += 1;
    const replica = used[turn % used.length];
    const fail = (reason: string) => {
      failures.push(`${replica?.url} ${reason}`);
      res.destroy();
    };
    if (replica === undefined) {
      fail('no replica is ready');
      return;
    }
    const { method, url: path } = req;
    const { connection: _, ...headers } = req.headers;
    const options = { method, headers, agent: replica.agent };
    const onward = request(replica.url + path, options, (answer) => {
      const { connection: _, 'keep-alive': __, ...kept } = answer.headers;
      res.writeHead(answer.statusCode ?? 502, kept);
      answer.on('error', (error) => fail(error.message)).pipe(res);
    });
    onward.on('error', (error) => fail(error.message));
    req.pipe(onward);
  }

  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    failures,
    add(url) {
      const replica = { url, agent: new Agent({ keepAlive: true }) };
      known.push(replica);
      void follow(replica);
    },
    isUsing: (url) => used.some((replica) => replica.url === url),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      for (const { agent } of known) agent.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
