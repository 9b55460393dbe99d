import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems hand out by themselves, so that no connection takes one away. */
const range = { from: 20_000, to: 32_000 };
let latest = randomInt(range.from, range.to);

/** A port that was free a moment ago, and another one at every call. */
export async function freePort(): Promise<number> {
  for (;;) {
    latest = latest + 1 < range.to ? latest + 1 : range.from;
    const port = latest;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = once(server.listen(port, "127.0.0.1"), "listening").then(
    () => true,
    () => false,
  );
  if (!(await isListening)) return false;
  server.close();
  await once(server, "close");
  return true;
}
