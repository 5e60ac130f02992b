// The settings that the runner passes to a peer, in one place for all of them.
const { PEER_UPSTREAM = '', PEER_CACHE = 'off', PEER_LOADER = 'on' } = process.env;

export const upstream = PEER_UPSTREAM;
/** Keeps the upstream's answers in memory, as a hot server has them. */
export const isCached = PEER_CACHE === 'on';
/** Without DataLoader each field makes its own call. */
export const hasLoader = PEER_LOADER === 'on';

const flags = new Set(process.argv.slice(2));

export function hasFlag(name) {
  return flags.has(`--${name}`);
}
