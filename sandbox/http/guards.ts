import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { failure, type Reply } from "./reply.ts";

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/**
 * Refuses a page of elsewhere whose name was made to point here: it would be of the same origin.
 *
 * Robots' own addresses are not guarded: senders may reach them by a name of their own (a hosts
 * file, a proxy, a container's name for its host), and they give nothing away.
 */
export function checkHost(headers: IncomingHttpHeaders, boundHost: string): Reply | undefined {
  if (!isLoopback(boundHost)) return undefined;
  const name = (headers.host ?? "").replace(/:\d*$/, "").toLowerCase();
  if (loopbackNames.has(name) || name === boundHost) return undefined;
  return failure(403, "the Host header names another machine");
}

/** Refuses changes that another site's page asks the browser for. */
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

/** The scheme is left out: a proxy may have taken TLS off. */
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

/** What the page and the API say about themselves to a browser. */
export function setSafetyHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
