// Serves the pages of examples from another origin than the API: each `app.tsx` at the path of its folder.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import relay from 'vite-plugin-relay';

export interface Pages extends AsyncDisposable {
  /** Another host name than the API's, so that the two are not even of one site. */
  readonly origin: string;
  /** Builds a page that asks this API; gives its address. */
  add(client: string, apiOrigin: string): Promise<string>;
}

export async function startPages(): Promise<Pages> {
  const scripts = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const script = scripts.get(path);
    const [type, text] = path.endsWith('.js')
      ? ['text/javascript', script ?? '']
      : [
          'text/html',
          `<!doctype html><body></body><script type="module" src="${path}.js"></script>`,
        ];
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const origin = `http://localhost:${port}`;
  return {
    origin,
    async add(client, apiOrigin) {
      scripts.set(`/${client}.js`, await bundle(client, apiOrigin));
      return `${origin}/${client}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bundle(client: string, apiOrigin: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    // With the warnings of the clients.
    mode: 'development',
    plugins: [relay, withOrigin(apiOrigin)],
    build: {
      write: false,
      minify: false,
      rolldownOptions: { input: join(import.meta.dirname, `../clients/${client}/app.tsx`) },
    },
  });
  const outputs = 'output' in result ? result.output : [];
  return outputs.map((output) => ('code' in output ? output.code : '')).join('');
}

const withOrigin = (apiOrigin: string): Plugin => ({
  name: 'api-origin',
  transform: (code) => code.replaceAll('http://127.0.0.1:4000', apiOrigin),
});
