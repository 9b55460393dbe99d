import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { robotTopic } from "../../../../src/dingtalk/stream/frames.ts";
import { eventually } from "../../../support/eventually.ts";

/** A request to open a connection. */
export interface OpenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** One connection, as the gateway sees it. */
export interface GatewaySocket {
  readonly socket: WebSocket;
  /** The texts that the client sent. */
  readonly texts: string[];
  /** The code with which the client closed; undefined while it is open. */
  closedWith(): number | undefined;
  send(frame: unknown): void;
}

/** A stand-in of DingTalk's gateway on real sockets. */
export interface Gateway {
  readonly url: URL;
  readonly opens: OpenRequest[];
  readonly sockets: GatewaySocket[];
  /** Tickets with which the client came. */
  readonly tickets: string[];
  /** Answers requests to open. Default: with {@link Gateway.invite}. */
  answer: (response: ServerResponse, request: OpenRequest) => void;
  /** Treats an upgrade. Default: accepts it. */
  upgrade: (socket: Socket, accept: () => void) => void;
  invite: (response: ServerResponse) => void;
  /** Waits for the n-th connection, beginning with 1. */
  socket(number: number): Promise<GatewaySocket>;
}

/** Where the gateway says that its socket is, and by which key it speaks TLS. */
export interface GatewayOptions {
  readonly endpoint?: (port: number) => string;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly autoPong?: boolean;
}

/** What a client may show to nobody. */
export const ticket = "t/1+7724109a-ea43-4aa2-b803-87d82c5aaee6";
/** What a client may show to nobody. */
export const clientSecret = "client-secret-0123456789abcdef";

/** A frame with a message to the robot. */
export const callback = (messageId: string, data: unknown = { msgId: messageId }) => ({
  specVersion: "1.0",
  type: "CALLBACK",
  headers: { topic: robotTopic, messageId, contentType: "application/json", time: "1" },
  data: typeof data === "string" ? data : JSON.stringify(data),
});

/** A frame of the protocol itself. */
export const system = (topic: string, messageId = topic) => ({
  ...callback(messageId, { opaque: "x" }),
  type: "SYSTEM",
  headers: { ...callback(messageId).headers, topic },
});

/** Answers with JSON. */
export const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
};

/** Starts a gateway. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { tls, autoPong = true } = options;
  const scheme = tls === undefined ? "" : "s";
  const endpoint = options.endpoint ?? ((port) => `ws${scheme}://localhost:${port}/connect`);
  const webSockets = new WebSocketServer({ noServer: true, autoPong });
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  // A TCP server has an object as its address. Only a pipe has a string.
  const { port } = server.address() as AddressInfo;
  const gateway: Gateway = {
    url: new URL(`http${scheme}://localhost:${port}`),
    opens: [],
    sockets: [],
    tickets: [],
    answer: (response) => gateway.invite(response),
    upgrade: (_socket, accept) => accept(),
    invite: (response) => json(response, 200, { endpoint: endpoint(port), ticket }),
    socket: (number) => eventually(() => gateway.sockets[number - 1]),
  };
  server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const open = { path: request.url ?? "", headers: request.headers, body };
      gateway.opens.push(open);
      gateway.answer(response, open);
    });
  });
  const open = new Set<{ destroy(): unknown }>();
  server.on("connection", (socket) => open.add(socket));
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => {});
    open.add(socket);
    gateway.tickets.push(new URL(request.url ?? "", "ws://h").searchParams.get("ticket") ?? "");
    gateway.upgrade(socket as Socket, () =>
      webSockets.handleUpgrade(request, socket, head, (accepted) =>
        gateway.sockets.push(follow(accepted)),
      ),
    );
  });
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return gateway;
}

function follow(socket: WebSocket): GatewaySocket {
  const texts: string[] = [];
  let code: number | undefined;
  socket.on("message", (data) => texts.push(String(data)));
  socket.on("error", () => {});
  socket.on("close", (closedWith) => {
    code = closedWith;
  });
  const send = (frame: unknown): void =>
    socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  return { socket, texts, closedWith: () => code, send };
}
