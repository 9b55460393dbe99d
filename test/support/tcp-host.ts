import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A server that speaks whatever a test lets it speak. */
export interface TcpHost {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** The number of TCP connections that were made. */
  connections(): number;
  /** The number of TCP connections that are open now. */
  openConnections(): number;
}

/** Starts a server in the place of a robot's host or of a proxy. */
export async function startTcpHost(onConnection: (socket: Socket) => void): Promise<TcpHost> {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
    onConnection(socket);
    // An end is noticed only by who reads.
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  // A TCP server has an object as its address. Only a pipe has a string.
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    connections: () => connections,
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
