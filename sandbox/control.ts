// The sandbox's remote control over HTTP, for the stand-alone server; never part of PAI's own paths.
//
//   PUT    /_sandbox/faults     replaces the fault rules by the JSON array in the body (faults.ts)
//   DELETE /_sandbox/faults     clears them
//   GET    /_sandbox/requests   the requests received so far, without signatures and tokens
//   DELETE /_sandbox/requests   forgets them
//   GET    /_sandbox/jwks       the keys of the sandbox's own OIDC issuer
//   POST   /_sandbox/tokens     a token of it for {"sub", "tenant"?, "claims"?, "expiresInSeconds"?}
//
// Only programs on the same machine may use it, but not a web page that a browser there shows.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refused } from './answers.js';
import { readBody, sendText, splitUrl } from './exchange.js';
import { isFaultRules, problemOfRules } from './faults/fault-rules.js';
import type { Faults } from './faults/faults.js';
import type { RequestLog, SandboxRequest } from './request-log.js';
import type { Issuer } from './sts/issuer.js';
import { readMintOptions } from './sts/mint-options.js';

const CONTROL_PREFIX = '/_sandbox/';
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const SECRET_HEADERS: readonly string[] = ['authorization', 'x-acs-security-token'];

export interface Controlled {
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly issuer: Issuer;
}

export function isControlRequest(request: IncomingMessage): boolean {
  return splitUrl(request.url).path.startsWith(CONTROL_PREFIX);
}

function requireLocalProgram(request: IncomingMessage): void {
  if (!LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '')) {
    throw new Refused(403, 'Forbidden', 'Only programs on the same machine may do this.');
  }
  if (request.headers.origin !== undefined) {
    throw new Refused(403, 'Forbidden', 'Web pages may not do this.');
  }
  // A page whose host name was made to resolve to this server (DNS rebinding) still sends that name.
  if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
    throw new Refused(403, 'Forbidden', 'The Host header must name this machine.');
  }
}

async function readJson(request: IncomingMessage, code: string): Promise<unknown> {
  const text = (await readBody(request)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, code, 'The body is not JSON.');
  }
}

async function replaceFaults(request: IncomingMessage, { faults }: Controlled): Promise<unknown> {
  const rules = await readJson(request, 'InvalidFaultRules');
  if (!isFaultRules(rules)) {
    throw new Refused(400, 'InvalidFaultRules', problemOfRules(rules) ?? 'The rules are wrong.');
  }
  faults.clear();
  faults.add(...rules);
  return { rules: rules.length };
}

async function mintToken(request: IncomingMessage, { issuer }: Controlled): Promise<unknown> {
  const options = readMintOptions(await readJson(request, 'InvalidToken'));
  return { token: issuer.mintToken(options) };
}

function withoutSecrets(request: SandboxRequest): SandboxRequest {
  const headers = Object.entries(request.headers).filter(
    ([name]) => !SECRET_HEADERS.includes(name),
  );
  return { ...request, headers: Object.fromEntries(headers) };
}

async function perform(request: IncomingMessage, controlled: Controlled): Promise<unknown> {
  requireLocalProgram(request);
  const { path } = splitUrl(request.url);
  switch (`${request.method} ${path}`) {
    case 'PUT /_sandbox/faults':
      return replaceFaults(request, controlled);
    case 'DELETE /_sandbox/faults':
      controlled.faults.clear();
      return { rules: 0 };
    case 'GET /_sandbox/requests':
      return controlled.log.requests.map(withoutSecrets);
    case 'DELETE /_sandbox/requests':
      controlled.log.reset();
      return [];
    case 'GET /_sandbox/jwks':
      return controlled.issuer.jwks;
    case 'POST /_sandbox/tokens':
      return mintToken(request, controlled);
    default:
      throw new Refused(404, 'NotFound', 'The sandbox has no such control.');
  }
}

export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  controlled: Controlled,
): Promise<void> {
  const send = (status: number, body: unknown): void =>
    sendText(response, status, 'application/json;charset=utf-8', JSON.stringify(body));
  try {
    send(200, await perform(request, controlled));
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    send(problem.status, { Code: problem.code, Message: problem.message });
  }
}
