import { isIP } from "node:net";
import { bareHostname } from "./proxies.ts";
import { SessionError } from "./session-errors.ts";

/** DingTalk's own domains. */
const dingTalkHost = /(?:^|\.)dingtalk\.(?:com|io)$/;

/**
 * The address of a `sessionWebhook`, checked: messages bring it, so strangers may have written it.
 *
 * An address of DingTalk is `https:`, has no user, no port but 443, and a host that is or lies below
 * dingtalk.com or dingtalk.io.
 *
 * @param allowed the origins that are allowed beside DingTalk's, as {@link parseAllowedHost} makes them
 * @throws {SessionError} `session-host`, which names the host only
 */
export function parseSessionAddress(text: string, allowed: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.username === "" && url.password === "";
  if (isPlain && (isDingTalks(url) || allowed.includes(url.origin))) return url;
  throw new SessionError("session-host", { host: url?.hostname });
}

function isDingTalks(url: URL): boolean {
  // `URL` writes hosts in lower case and leaves the port out where it is the usual one.
  if (url.protocol !== "https:" || url.port !== "") return false;
  const host = bareHostname(url).replace(/\.$/, "");
  return isIP(host) === 0 && dingTalkHost.test(host);
}

/**
 * The origin that an entry of `allowedSessionHosts` allows: `host` stands for `https://host`, and
 * `http://host:port` for itself. Undefined for any other text.
 */
export function parseAllowedHost(entry: string): string | undefined {
  const text = entry.includes("//") ? entry : `https://${entry}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.href !== `${url.origin}/`) return undefined;
  if (!/^[a-z0-9.:[\]-]+$/.test(url.hostname)) return undefined;
  const isForm = text === entry ? url.protocol === "http:" : url.port === "";
  return isForm ? url.origin : undefined;
}
