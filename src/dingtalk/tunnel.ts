import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import { bareHostname, portOf } from "./proxies.ts";

/** Why a proxy opened no tunnel. The text names the proxy's host, never its password. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";

  constructor(proxy: URL, problem: string, cause?: unknown) {
    super(`the proxy ${proxy.host} ${problem}`, { cause });
  }
}

/** Called once, with the tunnel or with what went wrong. */
type OnTunnel = (error: Error | undefined, socket?: Socket) => void;

/**
 * Asks a proxy for a tunnel, over a connection of its own that is used for nothing else.
 *
 * @returns the request; destroying it gives the tunnel up
 */
export function openTunnel(proxy: URL, target: URL, onTunnel: OnTunnel): ClientRequest {
  const path = `${target.hostname}:${portOf(target)}`;
  const send = proxy.protocol === "https:" ? secureRequest : request;
  const connect = send({
    host: bareHostname(proxy),
    port: portOf(proxy),
    method: "CONNECT",
    path,
    headers: { host: path, ...credentialsOf(proxy) },
    agent: false,
  });
  connect.once("connect", ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
    if (statusCode >= 200 && statusCode < 300) {
      if (head.length > 0) socket.unshift(head);
      return onTunnel(undefined, socket);
    }
    socket.destroy();
    onTunnel(new ProxyError(proxy, `answered HTTP ${statusCode}`));
  });
  connect.once("error", (error) => onTunnel(error));
  return connect.end();
}

function credentialsOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  return { "proxy-authorization": basicCredentials(username, password) };
}

/** The value of a header with the user and the password of an address. */
export function basicCredentials(username: string, password: string): string {
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
