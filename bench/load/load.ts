// The load: connections that send prepared bytes in turn, as fast as they are answered or at a steady rate. It has its
// own HTTP reader, since a general client costs more than the fastest server here.
import { performance } from 'node:perf_hooks';
import { type Connection, openConnection } from './connection.js';

export interface Load {
  readonly port: number;
  /** Whole HTTP requests, sent in this order over and over. */
  readonly requests: readonly Buffer[];
  readonly connections: number;
  readonly seconds: number;
  /** The least number of requests, however long they take. */
  readonly minRequests?: number;
  /**
   * The load never sleeps: waking it costs the answering server time, and a server faster than the load never pays that
   * cost.
   */
  readonly isAwake?: boolean;
  /** A steady rate, however long the answers take; without it, each connection sends again when it is answered. */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds, ascending. */
  readonly latencies: Float64Array;
}

export async function runLoad(load: Load): Promise<LoadResult> {
  const startedAt = performance.now();
  const latencies = await (load.perSecond === undefined
    ? runClosed(load)
    : runSteady(load, load.perSecond));
  return {
    requests: latencies.length,
    seconds: (performance.now() - startedAt) / 1000,
    latencies: Float64Array.from(latencies).sort(),
  };
}

function runClosed(load: Load): Promise<number[]> {
  const { requests, seconds, minRequests = 0, isAwake = false } = load;
  const rest = isAwake ? stayAwake() : () => {};
  const endsAt = performance.now() + seconds * 1000;
  let asked = 0;

  return withConnections(load, (latencies, onDone) => {
    const askedAt = new Map<Connection, number>();
    return (connection, isAnswer) => {
      const now = performance.now();
      if (isAnswer) latencies.push(now - (askedAt.get(connection) ?? now));
      const request = requests[asked % requests.length];
      if (request === undefined || (now >= endsAt && asked >= minRequests)) {
        connection.close();
        askedAt.delete(connection);
        onDone(connection);
        return;
      }
      asked += 1;
      askedAt.set(connection, now);
      connection.ask(request);
    };
  }).finally(rest);
}

/** Returns the function that ends it. */
function stayAwake(): () => void {
  let isAwake = true;
  const turn = () => {
    if (isAwake) setImmediate(turn);
  };
  turn();
  return () => {
    isAwake = false;
  };
}

/** A request that finds all connections busy waits for one, and the wait counts as latency. */
function runSteady(load: Load, perSecond: number): Promise<number[]> {
  const { requests, connections, seconds, minRequests = 0 } = load;
  const wanted = Math.max(Math.round(seconds * perSecond), minRequests);
  const waiting: number[] = [];
  const idle: Connection[] = [];
  let due = 0;
  let answered = 0;
  let sent = 0;

  return withConnections(load, (latencies, onDone) => {
    const askedAt = new Map<Connection, number>();
    const send = () => {
      while (idle.length > 0 && waiting.length > 0) {
        const connection = idle.pop();
        const request = requests[sent % requests.length];
        const since = waiting.shift();
        if (connection === undefined || request === undefined || since === undefined) return;
        sent += 1;
        askedAt.set(connection, since);
        connection.ask(request);
      }
    };
    const startedAt = performance.now();
    const clock = setInterval(() => {
      const now = performance.now();
      for (; due < wanted && startedAt + (due * 1000) / perSecond <= now; due += 1) {
        waiting.push(now);
      }
      send();
      if (due === wanted) clearInterval(clock);
    }, 1);
    const all: Connection[] = [];
    return (connection, isAnswer) => {
      const since = askedAt.get(connection);
      if (isAnswer && since !== undefined) {
        latencies.push(performance.now() - since);
        answered += 1;
      } else {
        all.push(connection);
      }
      idle.push(connection);
      send();
      if (answered < wanted || all.length < connections) return;
      for (const each of all) {
        each.close();
        onDone(each);
      }
    };
  });
}

type OnIdle = (connection: Connection, isAnswer: boolean) => void;

/** Resolves when every connection is done, and fails with the first connection that fails. */
function withConnections(
  { port, connections }: Load,
  begin: (latencies: number[], onDone: (connection: Connection) => void) => OnIdle,
): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const latencies: number[] = [];
    let open = connections;
    const onIdle = begin(latencies, () => {
      open -= 1;
      if (open === 0) resolve(latencies);
    });
    const all = Array.from({ length: connections }, () =>
      openConnection(port, {
        onIdle,
        onFailure(error) {
          for (const connection of all) connection.close();
          reject(error);
        },
      }),
    );
  });
}

export function percentile(ascending: Float64Array, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}
