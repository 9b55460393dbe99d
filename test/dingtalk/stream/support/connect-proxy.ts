import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A proxy that opens tunnels for those who know its password. */
export interface ConnectProxy {
  /** With user and password. */
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Where tunnels were opened to. */
  readonly tunnels: string[];
  /** The number of requests that were refused. */
  refused(): number;
}

/** What a client may show to nobody. */
export const proxyPassword = "proxy pass/word";

/** Starts a proxy that demands a password. */
export async function startConnectProxy(): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  let refused = 0;
  const open = new Set<Socket>();
  const credentials = Buffer.from(`user:${proxyPassword}`).toString("base64");
  const server = createServer();
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    open.add(socket.on("error", () => {}));
    if (request.headers["proxy-authorization"] !== `Basic ${credentials}`) {
      refused += 1;
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    tunnels.push(request.url ?? "");
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(target).pipe(socket);
    });
    open.add(target.on("error", () => socket.destroy()));
    socket.on("close", () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  // A TCP server has an object as its address. Only a pipe has a string.
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const url = `http://user:${encodeURIComponent(proxyPassword)}@${host}`;
  return { url, host, tunnels, refused: () => refused };
}
