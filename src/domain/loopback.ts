// Which names of hosts mean this machine itself.
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** As a URL writes it, IPv6 in brackets. */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}
