import type { RequestOptions } from "node:http";
import type { Socket } from "node:net";
import { isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ClientOptions } from "ws";
import { bareHostname } from "../proxies.ts";
import { openTunnel } from "../tunnel.ts";

/** The part of the options of ws and of Node's http that decides the way to the peer, and its end. */
export interface Dialling {
  readonly options: { readonly createConnection?: CreateConnection };
  /** Gives up what is being opened. */
  giveUp(): void;
}

/**
 * The way through a proxy, by CONNECT. Without a proxy, ws and Node's http connect by themselves.
 *
 * @param target the peer, as an http(s) address
 */
export function dial(target: URL, proxy: URL | undefined): Dialling {
  if (proxy === undefined) return { options: {}, giveUp: () => {} };
  let opening: { destroy(): unknown } | undefined;
  const connectThrough = (_options: unknown, onSocket: OnSocket): undefined => {
    opening = openTunnel(proxy, target, (error, tunnel) => {
      if (tunnel === undefined) onSocket(error ?? null);
      else onSocket(null, target.protocol === "https:" ? secure(tunnel, target) : tunnel);
    });
  };
  return {
    // Node's http takes a function that calls back, which the type that ws declares does not know.
    options: { createConnection: connectThrough as unknown as CreateConnection },
    giveUp: () => opening?.destroy(),
  };
}

type CreateConnection = NonNullable<ClientOptions["createConnection"]> &
  NonNullable<RequestOptions["createConnection"]>;
type OnSocket = (error: Error | null, socket?: Socket) => void;

function secure(tunnel: Socket, target: URL): Socket {
  const host = bareHostname(target);
  const servername = isIP(host) === 0 ? host : "";
  return connectTls({ socket: tunnel, host, servername, ALPNProtocols: ["http/1.1"] });
}
