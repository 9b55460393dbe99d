import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A callback as the robot's program gets it. */
export interface ReceivedCallback {
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly sessionWebhook: string; readonly text: { readonly content: string } };
}

/** Starts a program that answers each callback with the same JSON. It is closed after the test. */
export async function answerCallbacks(
  answer: object,
): Promise<{ url: string; received: ReceivedCallback[] }> {
  const received: ReceivedCallback[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: JSON.parse(await text(request)) });
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/robot`, received };
}
