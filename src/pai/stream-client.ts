// got as everything here uses it: one attempt over a pool of kept connections, read as a stream. It knows
// no peer and signs nothing.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got from 'got';

export interface StreamClientOptions {
  /** Bounds one attempt, body included. */
  readonly timeoutMs: number;
  readonly maxSockets: number;
}

export function createStreamClient({ timeoutMs, maxSockets }: StreamClientOptions) {
  const agentOptions = { keepAlive: true, maxSockets };
  const agent = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  // Streams cost a quarter less than got's promises here and let the size be capped while reading.
  const client = got.extend({
    isStream: true,
    agent,
    timeout: { request: timeoutMs },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
  });
  return {
    stream: client.stream,
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}
