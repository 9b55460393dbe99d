import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A proxy that leads nowhere and notices whom somebody wants to call. */
export async function startWatchingProxy() {
  const wanted: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    wanted.push(request.url ?? "");
    response.writeHead(502).end();
  });
  server.on("connect", ({ url = "" }, socket) => {
    wanted.push(url);
    socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
  });
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // A TCP server has an object as its address. Only a pipe has a string.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, wanted };
}

/** A host that counts its connections and answers each request with a redirect, or with `ok`. */
export async function startNoticingHost(location?: string) {
  const seen = { connections: 0, requests: 0 };
  const server = createServer((_request, response) => {
    seen.requests += 1;
    if (location !== undefined) response.writeHead(307, { location }).end();
    else response.end('{"errcode":0,"errmsg":"ok"}');
  });
  server.on("connection", () => {
    seen.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://127.0.0.1:${port}`, seen };
}
