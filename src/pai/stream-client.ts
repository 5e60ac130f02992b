// got, configured for all calls: one attempt over a pool of kept connections, read as a stream. It knows no peer and
// signs nothing; the reader of the stream limits the time.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { type Options } from 'got';

export function createStreamClient(maxSockets: number) {
  const agentOptions = { keepAlive: true, maxSockets };
  const agent = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  // Streams cost a quarter less than got's promises here, and their size can be limited while reading.
  const client = got.extend({
    isStream: true,
    agent,
    handlers: [
      (options, next) =>
        next(Object.assign(options, { createNativeRequestOptions: leanRequestOptions })),
    ],
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
  });
  const ownConnection = client.extend({ agent: { http: false, https: false } });
  return {
    /** On its own connection, the request cannot meet a kept connection that has ended meanwhile. */
    stream: (isNewConnection = false) => (isNewConnection ? ownConnection : client).stream,
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

/**
 * The options that Node receives are only those set here. got would pass three dozen options, TLS options included:
 * it builds them slowly and Node copies them twice, which was a third of a call.
 */
function leanRequestOptions(this: Options) {
  const { agent, headers, method, url } = this;
  const isTls = url instanceof URL && url.protocol === 'https:';
  return { agent: isTls ? agent.https : agent.http, headers, method };
}
