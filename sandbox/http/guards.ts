import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { isLoopback } from "../../src/base/loopback.ts";
import { failure, type Reply } from "./reply.ts";

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses a `Host` header that names another machine: the name of another site may be made to
 * point to this machine (DNS rebinding), and its page would then have the sandbox's origin.
 *
 * The robots' addresses are not guarded. Senders may reach them by other names (a hosts file, a
 * proxy, a container's name for its host), and they give no data away.
 */
export function checkHost(headers: IncomingHttpHeaders, boundHost: string): Reply | undefined {
  if (!isLoopback(boundHost)) return undefined;
  const name = (headers.host ?? "").replace(/:\d*$/, "").toLowerCase();
  if (loopbackNames.has(name) || name === boundHost) return undefined;
  return failure(403, "the Host header names another machine");
}

/** Refuses a call of the gateway that a page makes: a browser sends an Origin, a program does not. */
export function checkProgram(headers: IncomingHttpHeaders, boundHost: string): Reply | undefined {
  if (headers.origin !== undefined) return failure(403, "pages may not open connections");
  return checkHost(headers, boundHost);
}

/** Refuses a change that a page of another origin asks for. */
export function checkOrigin(method: string, headers: IncomingHttpHeaders): Reply | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  const { origin, host = "" } = headers;
  const site = headers["sec-fetch-site"] ?? "none";
  const isOwnSite = site === "same-origin" || site === "none";
  const isOwnOrigin = origin === undefined || hostOf(origin) === host.toLowerCase();
  return isOwnSite && isOwnOrigin
    ? undefined
    : failure(403, "changes are refused to other origins");
}

/** The host of an origin. The scheme does not count: a proxy may have removed TLS. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

const headers = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** Sets the headers that keep a browser from loading or showing anything of elsewhere. */
export function setSafetyHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
