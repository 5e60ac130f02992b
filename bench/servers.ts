// The servers of each row, and how each is started. Of the modes, peers know only whether they keep answers.
import type { Launch } from './child.js';
import type { Identity } from './identity.js';
import { launchOurs, type Mode } from './ours.js';

export const OURS = 'this server';
export const NAIVE = 'naive Apollo';
export const LIMIT = 'limit (raw node:http)';
/** Shows the cost of the headers that every answer of this server carries. */
const LIMIT_WITH_HEADERS = 'limit, with the headers of this server';
export const COMPILED_PEER = 'mercurius, JIT';
export const WITH_TOKENS = 'with tokens';
export const WITH_CHAIN = 'with keys of the credential chain';
export const WITH_BOTH = 'with both';

export interface Server {
  readonly name: string;
  readonly modes: readonly Mode[];
  /** It answers this workload alone. */
  readonly only?: string;
  /** Its callers show a token instead of an API key. */
  readonly hasTokens?: boolean;
  launch(
    mode: Mode,
    upstreamUrl: string,
    isFederation: boolean,
    identity: Identity,
  ): Omit<Launch, 'core'>;
}

const EXECUTING: readonly Mode[] = ['executed', 'cold'];
/** Executed rows also show the limit, though a server that executes cannot reach it. */
const IN_MEMORY: readonly Mode[] = ['executed', 'memoised'];
const MEMOISING: readonly Mode[] = ['memoised'];

export function launchPeer(
  mode: Mode,
  upstreamUrl: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Omit<Launch, 'core'> {
  const cache = mode === 'cold' ? 'off' : 'on';
  const env = { NODE_ENV: 'production', PEER_UPSTREAM: upstreamUrl, PEER_CACHE: cache };
  return { args, env: { ...env, ...more } };
}

function peer(
  name: string,
  modes: readonly Mode[],
  file: string,
  flags: readonly string[] = [],
  federationFlags: readonly string[] = [],
): Server {
  return {
    name,
    modes,
    launch(mode, upstreamUrl, isFederation) {
      const more = isFederation ? federationFlags : [];
      return launchPeer(mode, upstreamUrl, [`bench/peers/${file}`, ...flags, ...more]);
    },
  };
}

function ours(
  name: string,
  hasTokens: boolean,
  settingsOf: (identity: Identity) => Readonly<Record<string, string>>,
): Server {
  return {
    ...{ name, hasTokens, modes: ['default'] },
    launch: (mode, url, _, identity) => launchOurs(mode, url, settingsOf(identity)),
  };
}

/** The answers of the others must equal those of the first. */
const SERVERS: readonly Server[] = [
  {
    name: OURS,
    modes: ['executed', 'memoised', 'cold', 'default'],
    launch: (mode, url) => launchOurs(mode, url),
  },
  ours(WITH_TOKENS, true, ({ tokens }) => tokens),
  ours(WITH_CHAIN, false, ({ chain }) => chain),
  ours(WITH_BOTH, true, ({ tokens, chain }) => ({ ...tokens, ...chain })),
  peer(NAIVE, EXECUTING, 'apollo.mjs'),
  peer('Apollo on fastify', EXECUTING, 'apollo-fastify.mjs'),
  peer('graphql-yoga', EXECUTING, 'yoga.mjs'),
  peer('mercurius', EXECUTING, 'mercurius.mjs', [], ['--federation']),
  peer(COMPILED_PEER, EXECUTING, 'mercurius.mjs', ['--jit'], ['--federation']),
  peer('mercurius, JIT and its cache', MEMOISING, 'mercurius.mjs', ['--jit', '--cache']),
  peer('Apollo with its response cache', MEMOISING, 'apollo.mjs', ['--response-cache']),
  { ...peer('bare node:http proxy', ['cold'], 'proxy.mjs'), only: 'C' },
  { ...peer('bare proxy with got', ['cold'], 'proxy.mjs', ['--got']), only: 'C' },
  peer(LIMIT, IN_MEMORY, 'raw.mjs'),
  peer(LIMIT_WITH_HEADERS, IN_MEMORY, 'raw.mjs', ['--headers']),
];

export function serversOf(workload: string, mode: Mode): Server[] {
  return SERVERS.filter(({ modes, only = workload }) => modes.includes(mode) && only === workload);
}

export function isLimit(name: string): boolean {
  return name === LIMIT || name === LIMIT_WITH_HEADERS;
}
