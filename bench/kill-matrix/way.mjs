// The way from the component to the sandbox, which can lose what the component sends.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * @param {string} target address of the sandbox
 * @returns {Promise<{ url: string, loseUpward(): void, mend(): void, close(): void }>}
 */
export async function startWay(target) {
  const port = Number(new URL(target).port);
  let isLosing = false;
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const server = createServer((down) => {
    const up = connect(port, "127.0.0.1");
    for (const socket of [down, up]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        down.destroy();
        up.destroy();
      });
    }
    up.pipe(down);
    down.on("data", (chunk) => {
      if (!isLosing) up.write(chunk);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no TCP address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    loseUpward: () => {
      isLosing = true;
    },
    mend: () => {
      isLosing = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
