import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listenHere } from "./listen.ts";

/** A server that speaks whatever a test lets it speak. */
export interface TcpHost {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** The number of TCP connections that were made. */
  connections(): number;
  /** Whether somebody has sent something. */
  spoken(): boolean;
  /** The number of TCP connections that are open now. */
  openConnections(): number;
}

/** Starts a server in the place of a robot's host or of a proxy. */
export async function startTcpHost(onConnection: (socket: Socket) => void): Promise<TcpHost> {
  const open = new Set<Socket>();
  let connections = 0;
  let isSpoken = false;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
    onConnection(socket);
    socket.once("data", () => {
      isSpoken = true;
    });
    // An end is noticed only by who reads.
    socket.resume();
  });
  const port = await listenHere(server);
  onTestFinished(() => open.forEach((socket) => void socket.destroy()));
  return {
    host: `127.0.0.1:${port}`,
    connections: () => connections,
    spoken: () => isSpoken,
    openConnections: () => open.size,
  };
}

/** Answers every request with these bytes, whatever they are. */
export const rawAnswer =
  (...bytes: (string | Buffer)[]) =>
  (socket: Socket): void => {
    socket.on("data", () => {
      for (const chunk of bytes) socket.write(chunk);
    });
  };
