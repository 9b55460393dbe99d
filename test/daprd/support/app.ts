import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** An event that daprd handed to the app. */
export interface AppEvent {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The answer to an event: 200 without a body by default. */
export interface AppAnswer {
  readonly status?: number;
  readonly body?: string;
}

/** A small app behind a daprd. */
export interface App {
  readonly port: number;
  readonly events: readonly AppEvent[];
  /** The app's answer to daprd's health check. */
  isHealthy: boolean;
}

/** Starts an app that takes events on every route. */
export async function startApp(onEvent: (event: AppEvent) => AppAnswer = () => ({})): Promise<App> {
  const server = createServer((request, response) => {
    handle(request).then(
      ({ status = 200, body = "" }) => response.writeHead(status).end(body),
      () => response.destroy(),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // The address of a TCP server is an object; only pipes have a string.
  const { port } = server.address() as AddressInfo;
  const events: AppEvent[] = [];
  const app: App = { port, events, isHealthy: true };
  const handle = async (request: IncomingMessage): Promise<AppAnswer> => {
    const { method, url: path = "", headers } = request;
    if (path === "/healthz") return { status: app.isHealthy ? 200 : 503 };
    if (method === "OPTIONS") return {};
    if (method !== "POST") return { status: 404 };
    const event = { path, headers, body: await text(request) };
    events.push(event);
    return onEvent(event);
  };
  return app;
}
