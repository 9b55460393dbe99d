import { BlockList, isIPv4 } from "node:net";

/**
 * Whether an address is in one of the ranges. An IPv6 address is in none.
 *
 * @param ranges IPv4 addresses and CIDR blocks, as the schema of the rules checks them
 */
export function isInAnyRange(ip: string, ranges: readonly string[]): boolean {
  if (!isIPv4(ip)) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix = "32"] = range.split("/");
    list.addSubnet(address, Number(prefix), "ipv4");
  }
  return list.check(ip, "ipv4");
}

/** An IPv4 address in dotted form. A socket that listens on IPv6 reports it as `::ffff:…`. */
export function plainAddress(address = ""): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
