// The host names that mean this machine itself.
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** Takes the name as in a URL, IPv6 in brackets. */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}
