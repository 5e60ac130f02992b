// Passes requests on to a server, and remembers them.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface RecordedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly answer: { readonly status: number | undefined; readonly headers: IncomingHttpHeaders };
}

export interface Recorder extends AsyncDisposable {
  readonly origin: string;
  readonly requests: RecordedRequest[];
}

export async function startRecorder(target: string): Promise<Recorder> {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const body = await buffer(request);
    const passed = send(`${target}${url}`, { method, headers });
    passed.end(body);
    const [answer] = await once(passed, 'response');
    requests.push({
      headers,
      body: body.toString(),
      answer: { status: answer.statusCode, headers: answer.headers },
    });
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It has no port.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
