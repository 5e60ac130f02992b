// A PAI model registry with its STS that needs no cloud account, on one port; it makes no calls.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { handleControlRequest, isControlRequest } from './control.js';
import { createFaultQueue, type Faults } from './faults.js';
import { ApiError, errorResponse, type RequestInfo, sendResponse, splitUrl } from './http.js';
import { createIssuer, type MintOptions, type OidcProvider } from './oidc.js';
import { createRegistry, createRegistryApi } from './registry-api.js';
import { handleRequest } from './request-handler.js';
import { createRequestLog, type SandboxRequest } from './request-log.js';
import { isSampleFile, sendSampleFile } from './sample-files.js';
import { SAMPLE_DATASETS, SAMPLE_WORKSPACES, sampleModels } from './samples.js';
import {
  createIssuedKeys,
  createStsApi,
  isStsRequest,
  type SandboxRole,
  TENANT_ROLES,
} from './sts.js';
import type { JsonObject, SandboxKey, SandboxModel } from './wire.js';

export type { Fault, FaultRule, Faults } from './faults.js';
export { type MintOptions, type OidcProvider, SANDBOX_PROVIDER } from './oidc.js';
export type { SandboxRequest } from './request-log.js';
export { DOCUMENTED_MODEL, SAMPLE_DATASETS, SAMPLE_WORKSPACES, sampleModels } from './samples.js';
export { type SandboxRole, TENANT_ROLES } from './sts.js';
export type { SandboxKey, SandboxModel, WireModel, WireTag, WireVersion } from './wire.js';

/** Longer than clients keep idle connections, so that the server never closes one during a request. */
const KEEP_ALIVE_MS = 120_000;

/** The key of a sandbox without other keys; it is public and gives access to nothing else. */
export const SANDBOX_KEY: SandboxKey = { id: 'sandbox', secret: 'sandbox-secret' };

export interface SandboxOptions {
  /** 127.0.0.1 when absent. */
  readonly host?: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Milliseconds since the epoch, for dates, tokens and temporary keys; Date.now when absent. */
  readonly now?: () => number;
  /** From 0 to below 1, for rules with a probability; Math.random when absent. */
  readonly random?: () => number;
  readonly keys?: readonly SandboxKey[];
  /** The sample registry when absent. */
  readonly models?: readonly SandboxModel[];
  /** Those of the sample registry when absent. */
  readonly workspaces?: readonly JsonObject[];
  readonly datasets?: readonly JsonObject[];
  /** The maximum of PageSize, applied silently; a function is called for each list. 100 when absent. */
  readonly pageSizeMax?: number | (() => number);
  /** Calls in any one second per operation and account; no limit when absent. */
  readonly quotaPerSecond?: number;
  /** The roles for which STS gives keys; two tenants with different views when absent. */
  readonly roles?: readonly SandboxRole[];
  /** The issuers whose tokens STS accepts besides those of the sandbox itself. */
  readonly oidc?: readonly OidcProvider[];
}

export interface Sandbox {
  readonly url: string;
  readonly faults: Faults;
  /** The last 50,000 requests, in the order they came. */
  readonly requests: readonly SandboxRequest[];
  inFlight(): number;
  maxInFlight(): number;
  /** Forgets requests, the largest number in flight, and faults. */
  reset(): void;
  /** Replaces the whole registry, also between two pages of a list. */
  setModels(models: readonly SandboxModel[]): void;
  /** Replaces all workspaces. */
  setWorkspaces(workspaces: readonly JsonObject[]): void;
  setDatasets(datasets: readonly JsonObject[]): void;
  /** A signed token of the sandbox's own issuer, SANDBOX_PROVIDER. */
  mintToken(options: MintOptions): string;
  /** Ends all connections, idle, hanging or busy. */
  close(): Promise<void>;
}

/** Ends a request that failed: the client left or sent too much, or the sandbox has a defect. */
function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const message = `The sandbox failed: ${error instanceof Error ? error.message : error}`;
  const apiError = error instanceof ApiError ? error : new ApiError(500, 'InternalError', message);
  // The rest of an unread body would otherwise be read as the next request.
  response.setHeader('connection', 'close');
  const requestId = randomUUID().toUpperCase();
  const hostId = request.headers.host ?? '';
  const info: RequestInfo = { requestId, hostId, product: 'AIWorkSpace' };
  sendResponse(response, errorResponse(apiError, info));
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      const boundPort = typeof address === 'object' && address ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Also called when the server was closed before: closing twice is not a failure.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { pageSizeMax = 100, now = Date.now } = options;
  const log = createRequestLog();
  const faults = createFaultQueue(options.random ?? Math.random);
  const issuer = createIssuer(now);
  const issuedKeys = createIssuedKeys();
  const registry = createRegistry(options.models ?? []);
  let linked = {
    workspaces: options.workspaces ?? SAMPLE_WORKSPACES,
    datasets: options.datasets ?? SAMPLE_DATASETS,
  };
  const registryApi = createRegistryApi({
    registry,
    linkedObjects: () => linked,
    pageSizeMax: typeof pageSizeMax === 'function' ? pageSizeMax : () => pageSizeMax,
    keys: options.keys ?? [SANDBOX_KEY],
    findIssuedKey: issuedKeys.find,
    quotaPerSecond: options.quotaPerSecond,
    now,
  });
  const stsApi = createStsApi({
    providers: [issuer, ...(options.oidc ?? [])],
    roles: options.roles ?? TENANT_ROLES,
    issuedKeys,
    now,
  });
  const operations = [...registryApi.operations, ...stsApi.operations];
  const handle = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { path } = splitUrl(request.url);
    if (isControlRequest(path)) {
      return handleControlRequest(request, response, { faults, operations, log, issuer });
    }
    if (isSampleFile(path)) return sendSampleFile(request, response, path);
    const api = isStsRequest(request.method, path) ? stsApi : registryApi;
    return handleRequest(api, { faults, log }, request, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => fail(request, response, error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const url = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  if (options.models === undefined) registry.replace(sampleModels(url));
  return {
    url,
    faults: { add: faults.add, clear: faults.clear },
    requests: log.requests,
    inFlight: log.inFlight,
    maxInFlight: log.maxInFlight,
    reset() {
      log.reset();
      faults.clear();
    },
    setModels: registry.replace,
    setWorkspaces(workspaces) {
      linked = { ...linked, workspaces };
    },
    setDatasets(datasets) {
      linked = { ...linked, datasets };
    },
    mintToken: issuer.mintToken,
    close: () => closeServer(server),
  };
}
