// Controls the sandbox over HTTP, for the stand-alone server; its paths are none of PAI's.
//
//   PUT    /_sandbox/faults     replaces the fault rules by the JSON array in the body (faults.ts)
//   GET    /_sandbox/faults     the rules, and how often each has applied
//   DELETE /_sandbox/faults     clears them
//   GET    /_sandbox/requests   the requests received so far, without signatures and tokens
//   DELETE /_sandbox/requests   forgets them
//   GET    /_sandbox/jwks       the keys of the sandbox's own OIDC issuer
//   POST   /_sandbox/tokens     a token of it for {"sub", "tenant"?, "claims"?, "expiresInSeconds"?}
//
// Only programs on the same machine may use it, but not a web page that a browser there shows.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assertFaultRules, type FaultQueue } from './faults.js';
import { ApiError, JSON_TYPE, readBody, sendText, splitUrl } from './http.js';
import { assertMintOptions, type Issuer } from './oidc.js';
import type { RequestLog, SandboxRequest } from './request-log.js';

const CONTROL_PREFIX = '/_sandbox/';
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const SECRET_HEADERS: readonly string[] = ['authorization', 'x-acs-security-token'];

interface ControlTarget {
  readonly faults: FaultQueue;
  /** The names of all operations. */
  readonly operations: readonly string[];
  readonly log: RequestLog;
  readonly issuer: Issuer;
}

export function isControlRequest(path: string): boolean {
  return path.startsWith(CONTROL_PREFIX);
}

function requireLocalProgram(request: IncomingMessage): void {
  if (!LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '')) {
    throw new ApiError(403, 'Forbidden', 'Only programs on the same machine may do this.');
  }
  if (request.headers.origin !== undefined) {
    throw new ApiError(403, 'Forbidden', 'Web pages may not do this.');
  }
  // A page whose host name was made to resolve to this server (DNS rebinding) still sends that name.
  if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
    throw new ApiError(403, 'Forbidden', 'The Host header must name this machine.');
  }
}

async function readJson(request: IncomingMessage, code: string): Promise<unknown> {
  const text = (await readBody(request)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, code, 'The body is not JSON.');
  }
}

async function replaceFaults(
  request: IncomingMessage,
  { faults, operations }: ControlTarget,
): Promise<unknown> {
  const rules = await readJson(request, 'InvalidFaultRules');
  assertFaultRules(rules, operations);
  faults.clear();
  faults.add(...rules);
  return { rules: rules.length };
}

async function mintToken(request: IncomingMessage, { issuer }: ControlTarget): Promise<unknown> {
  const options = await readJson(request, 'InvalidToken');
  assertMintOptions(options);
  return { token: issuer.mintToken(options) };
}

function withoutSecrets(request: SandboxRequest): SandboxRequest {
  const headers = Object.entries(request.headers).filter(
    ([name]) => !SECRET_HEADERS.includes(name),
  );
  return { ...request, headers: Object.fromEntries(headers) };
}

type Control = (request: IncomingMessage, target: ControlTarget) => unknown;

const CONTROLS = new Map<string, Control>([
  ['PUT /_sandbox/faults', replaceFaults],
  ['GET /_sandbox/faults', (_, { faults }) => faults.list()],
  [
    'DELETE /_sandbox/faults',
    (_, { faults }) => {
      faults.clear();
      return { rules: 0 };
    },
  ],
  ['GET /_sandbox/requests', (_, { log }) => log.requests.map(withoutSecrets)],
  [
    'DELETE /_sandbox/requests',
    (_, { log }) => {
      log.reset();
      return [];
    },
  ],
  ['GET /_sandbox/jwks', (_, { issuer }) => issuer.jwks],
  ['POST /_sandbox/tokens', mintToken],
]);

async function perform(request: IncomingMessage, target: ControlTarget): Promise<unknown> {
  requireLocalProgram(request);
  const control = CONTROLS.get(`${request.method} ${splitUrl(request.url).path}`);
  if (control !== undefined) return control(request, target);
  const known = [...CONTROLS.keys()].join(', ');
  throw new ApiError(404, 'NotFound', `The sandbox has no such control. There are ${known}.`);
}

export async function handleControlRequest(
  request: IncomingMessage,
  response: ServerResponse,
  target: ControlTarget,
): Promise<void> {
  const send = (status: number, body: unknown): void =>
    sendText(response, status, JSON_TYPE, JSON.stringify(body));
  try {
    send(200, await perform(request, target));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    send(error.status, { Code: error.code, Message: error.message });
  }
}
