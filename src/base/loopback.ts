/**
 * Whether a host is this machine: `localhost` and the names below it, 127.0.0.0/8 or `::1`.
 *
 * @param host a host name or an address, an IPv6 address with or without brackets
 */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){1,3}|::1)$/.test(bare);
}
