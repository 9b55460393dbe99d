import { type IncomingMessage, STATUS_CODES } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocketServer } from "ws";
import { checkProgram } from "../http/guards.ts";
import { plainAddress } from "../robot/ip-ranges.ts";
import type { SandboxDeps } from "../rooms/receive.ts";
import type { Room } from "../rooms/room.ts";
import type { StreamConnection } from "./connection.ts";
import type { OpenFacts } from "./tickets.ts";

const connectPath = "/connect";
/** The same as the sidecar's: 1 MiB. */
const maxPayload = 1024 * 1024;

interface UpgradeDeps {
  readonly sandbox: SandboxDeps;
  /** The host that the server listens on. */
  readonly host: string;
  /** Says something in the room and pushes it on this connection at once. */
  readonly sayAtOnce: (room: Room, connection: StreamConnection, baseUrl: string) => void;
}

/** Turns upgrades of HTTP connections into connections of robots' programs. */
export class Upgrades {
  readonly #deps: UpgradeDeps;
  /** Sockets that the HTTP server no longer knows. */
  readonly #sockets = new Set<Duplex>();
  #server: Promise<WebSocketServer> | undefined;

  constructor(deps: UpgradeDeps) {
    this.#deps = deps;
  }

  /** Answers an upgrade. Never rejects for a fault of the other side. */
  async answer(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A program that goes away in the middle of its upgrade waits for no answer.
    socket.on("error", () => socket.destroy());
    // Loaded with the first upgrade: most sandboxes have none.
    this.#server ??= import("ws").then(
      (ws) =>
        new ws.WebSocketServer({
          ...{ noServer: true, clientTracking: false },
          ...{ maxPayload, perMessageDeflate: false, autoPong: false },
        }),
    );
    const server = await this.#server;
    const admitted = this.#admit(request);
    if (admitted === "hang" || socket.destroyed) return;
    if (typeof admitted === "number") refuse(socket, admitted);
    else this.#accept(server, admitted, { request, socket, head });
  }

  /** Ends all sockets. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** @returns the status of a refusal, or `"hang"` if a fault wants no answer */
  #admit({ url = "", headers }: IncomingMessage): Admitted | number | "hang" {
    const { sandbox, host } = this.#deps;
    if (checkProgram(headers, host) !== undefined) return 403;
    const [path = "", ...query] = url.split("?");
    if (path !== connectPath) return 404;
    const ticket = new URLSearchParams(query.join("?")).get("ticket") ?? "";
    const facts = sandbox.connections.tickets.use(ticket, sandbox.clock.elapsed());
    const room = facts && sandbox.rooms.find(facts.token);
    if (facts === undefined || room === undefined) return 401;
    if (sandbox.connections.isFull) return 503;
    const fault = sandbox.rooms.takeFault(room, "handshake", sandbox.random);
    switch (fault?.type) {
      case "handshake-hang":
        return "hang";
      case "handshake-status":
        return fault.status;
      case "ticket-expired":
        return 401;
      default:
        return { facts, room, isEarly: fault?.type === "early-frame" };
    }
  }

  #accept(
    server: WebSocketServer,
    { facts, room, isEarly }: Admitted,
    { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
  ): void {
    const { sandbox, sayAtOnce } = this.#deps;
    if (isEarly) socket.cork();
    server.handleUpgrade(request, socket, head, (webSocket) => {
      if (!(socket instanceof Socket)) return;
      const remoteAddress = plainAddress(socket.remoteAddress);
      const wire = { webSocket, socket, remoteAddress };
      const connection = sandbox.connections.add(facts, wire);
      const baseUrl = `http://${request.headers.host ?? this.#deps.host}`;
      if (isEarly) sayAtOnce(room, connection, baseUrl);
    });
    // The frame leaves in one packet with the answer to the upgrade.
    if (isEarly) socket.uncork();
  }
}

interface Admitted {
  readonly facts: OpenFacts;
  readonly room: Room;
  /** True if a message comes together with the answer to the upgrade. */
  readonly isEarly: boolean;
}

function refuse(socket: Duplex, status: number): void {
  const reason = STATUS_CODES[status] ?? "";
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
