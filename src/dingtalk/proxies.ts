import { BlockList, isIP } from "node:net";
import { parseWebhookUrl } from "./robot.ts";

/** The variables of a proxy for one scheme, the first that is set counts. */
const variablesOf = {
  "https:": ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"],
  "http:": ["http_proxy", "HTTP_PROXY"],
} as const;

/**
 * The proxy that the environment sets for an address; undefined where none is to be used, and for a
 * value that is no address: whoever reads the environment refuses it.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const variables = url.protocol === "https:" ? variablesOf["https:"] : variablesOf["http:"];
  const proxy = variables.map((name) => env[name]).find((value) => value);
  if (!proxy || isExcluded(url, env.no_proxy ?? env.NO_PROXY ?? "")) return undefined;
  return parseWebhookUrl(proxy);
}

/** The host name of an address as sockets take it: without the brackets of an IPv6 address. */
export function bareHostname({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** The port of an address, also where it is the usual one. */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? ({ "https:": 443 }[protocol] ?? 80) : Number(port);
}

/** @param noProxy hosts with all their subdomains, addresses, CIDR blocks, or `*` for all */
function isExcluded(url: URL, noProxy: string): boolean {
  const entries = noProxy.split(/[,\s]+/).filter((entry) => entry !== "");
  return entries.some((entry) => entry === "*" || covers(entry, url));
}

function covers(entry: string, url: URL): boolean {
  const block = blockOf(entry);
  const host = bareHostname(url).toLowerCase();
  if (block !== undefined) return block.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
  const [, name = "", port] =
    /^(.+?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (port !== undefined && Number(port) !== portOf(url)) return false;
  const domain = name.replace(/^\*?\.|[[\]]/g, "").toLowerCase();
  return host === domain || host.endsWith(`.${domain}`);
}

/** The addresses of a CIDR block such as 10.0.0.0/8; undefined for any other text. */
function blockOf(entry: string): BlockList | undefined {
  const [, address = "", prefix = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(entry) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(prefix) > (version === 4 ? 32 : 128)) return undefined;
  const block = new BlockList();
  block.addSubnet(address, Number(prefix), version === 4 ? "ipv4" : "ipv6");
  return block;
}
