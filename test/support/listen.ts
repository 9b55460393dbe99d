import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { onTestFinished } from "vitest";

/**
 * Listens on a free port of this machine until the test has finished.
 *
 * @returns the port
 */
export async function listenHere(server: Server | HttpServer): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  });
  // A TCP server has an object as its address. Only a pipe has a string.
  return (server.address() as AddressInfo).port;
}
