// The host names that mean this machine itself.
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i;

/** Takes an address as it is or as in a URL, where an IPv6 address is in brackets. */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}
