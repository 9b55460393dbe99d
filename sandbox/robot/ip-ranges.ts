import { BlockList, isIPv4 } from "node:net";

/** Whether the text is an IPv4 address or a CIDR block of them: robots take no IPv6. */
export function isIpRange(text: string): boolean {
  const [address = "", prefix] = text.split("/");
  if (text.split("/").length > 2 || !isIPv4(address)) return false;
  return prefix === undefined || (/^\d{1,2}$/.test(prefix) && Number(prefix) <= 32);
}

/** @param ranges as {@link isIpRange} takes them */
export function isInAnyRange(ip: string, ranges: readonly string[]): boolean {
  if (!isIPv4(ip)) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix = "32"] = range.split("/");
    list.addSubnet(address, Number(prefix), "ipv4");
  }
  return list.check(ip, "ipv4");
}

/** IPv4 in dotted form also where the socket listens on IPv6. */
export function plainAddress(address = ""): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
