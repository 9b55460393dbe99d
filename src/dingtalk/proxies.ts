import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
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
  if (!proxy || isExcluded(url, noProxyOf(env))) return undefined;
  return parseWebhookUrl(proxy);
}

/** The value of NO_PROXY. The lower case counts first, also if it is empty. */
export function noProxyOf(env: NodeJS.ProcessEnv): string {
  return env.no_proxy ?? env.NO_PROXY ?? "";
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
  return entriesOf(noProxy).some((entry) => readEntry(entry)?.(url) === true);
}

/** The places, counted from 1, of the entries of NO_PROXY that exclude no address at all. */
export function uselessEntries(noProxy: string): number[] {
  return entriesOf(noProxy).flatMap((entry, index) =>
    readEntry(entry) === undefined ? [index + 1] : [],
  );
}

function entriesOf(noProxy: string): string[] {
  return noProxy.split(/[,;，；\s]+/).filter((entry) => entry !== "");
}

type Rule = (url: URL) => boolean;

/** What an entry excludes; undefined for a text that stands for no address. */
function readEntry(text: string): Rule | undefined {
  // Quotes, a scheme, a user and a path are often left over from a shell or an address.
  const entry = text
    .replace(/^["'“‘`]+|["'”’`]+$/g, "")
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/^[^/@]*@/, "");
  const block = readBlock(entry);
  if (block !== undefined) return inBlock(block);
  const place = entry.replace(/[/?#].*$/, "");
  if (/\/\d+$/.test(entry) && isIP(place.replace(/[[\]]/g, "")) !== 0) return undefined;
  const [, name = "", port] =
    /^(.+?)(?::(\d+))?$/.exec(isIP(place) === 6 ? `[${place}]` : place) ?? [];
  const isName = readName(name.replace(/(?<=.)\.$/, ""));
  if (isName === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65535) return undefined;
  return (url) => (port === undefined || Number(port) === portOf(url)) && isName(url);
}

function readName(name: string): Rule | undefined {
  if (name === "*") return () => true;
  const address = name.replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) !== 0) return inBlock({ address, prefix: isIP(address) === 4 ? 32 : 128 });
  // The last label of a name is no number: 192.168.1 is no host.
  const domain = domainToASCII(name.replace(/^\*?\./, "")).toLowerCase();
  if (!/^([a-z0-9_-]+\.)*(?!\d+$)[a-z0-9_-]+$/.test(domain)) return undefined;
  return (url) => {
    const host = bareHostname(url).toLowerCase().replace(/\.$/, "");
    return host === domain || host.endsWith(`.${domain}`);
  };
}

interface Block {
  readonly address: string;
  readonly prefix: number;
}

/** A CIDR block such as 10.0.0.0/8; undefined for any other text. */
function readBlock(entry: string): Block | undefined {
  const [, address = "", bits = ""] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/i.exec(entry) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return undefined;
  return { address, prefix: Number(bits) };
}

function inBlock({ address, prefix }: Block): Rule {
  const block = new BlockList();
  block.addSubnet(address, prefix, isIP(address) === 4 ? "ipv4" : "ipv6");
  return (url) => {
    const host = bareHostname(url);
    return block.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
  };
}
