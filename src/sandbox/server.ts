import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { defaultRobots, type RobotSettings } from "./robot.ts";
import { Rooms } from "./rooms.ts";
import { answerBusy, handle } from "./routes.ts";

/** Where and what to play; everything has a default. */
export interface SandboxOptions {
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** {@link defaultRobots} by default. */
  readonly robots?: readonly RobotSettings[];
  /** Milliseconds since 1970; the machine's clock by default. */
  readonly now?: () => number;
}

/** A sandbox that accepts requests. */
export interface Sandbox {
  readonly port: number;
  /** Such as `http://127.0.0.1:4050`, without a slash at the end. */
  readonly url: string;
  /** Ends open connections, too. */
  close(): Promise<void>;
}

/** The address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code = "CANNOT_LISTEN";
}

/**
 * Starts a stand-in for DingTalk's robots.
 *
 * @throws {ListenError} when the port is in use or the host is not of this machine
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, robots = defaultRobots, now = Date.now } = options;
  const rooms = new Rooms(robots, now);
  const server = createServer((request, response) => void serve(rooms, request, response));
  const boundPort = await listen(server, host, port);
  return {
    port: boundPort,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Never rejects: no request ends the process. */
async function serve(
  rooms: Rooms,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await handle(rooms, request, response);
  } catch (error) {
    // A sender that broke off waits for no answer.
    if (request.destroyed && !request.complete) return;
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    if (response.headersSent) response.destroy();
    else answerBusy(response);
  }
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new ListenError(`cannot listen on ${host}, port ${port}: ${explain(cause)}`, { cause });
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use, take another one or --port 0 for a free one",
  EADDRNOTAVAIL: "the host is not an address of this machine",
  EACCES: "the port needs more rights, take one above 1023",
  ENOTFOUND: "the host is unknown",
};

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return listenProblems[code] ?? error.message;
}
