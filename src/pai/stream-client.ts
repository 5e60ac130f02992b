// got as all calls use it: one attempt over a pool of kept connections, read as a stream. It knows no peer and signs
// nothing, and the reader of the stream bounds how long that takes.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { type Options } from 'got';

export function createStreamClient(maxSockets: number) {
  const agentOptions = { keepAlive: true, maxSockets };
  const agent = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  // Streams cost a quarter less than got's promises here and let the size be capped while reading.
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
    /** On a connection of its own the request meets none that has ended meanwhile. */
    stream: (isNewConnection = false) => (isNewConnection ? ownConnection : client).stream,
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

/**
 * What node is asked with: nothing but what is set here. The three dozen options that got would hand it, TLS
 * and all, are put together slowly and copied twice by node, which was a third of a call.
 */
function leanRequestOptions(this: Options) {
  const { agent, headers, method, url } = this;
  const isTls = url instanceof URL && url.protocol === 'https:';
  return { agent: isTls ? agent.https : agent.http, headers, method };
}
