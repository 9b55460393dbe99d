import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Clock, systemClock } from "../src/base/clock.ts";
import { packageFolder } from "../src/base/package-folder.ts";
import { PageFiles } from "./http/page-files.ts";
import { answerBusy, handle, type Site } from "./http/requests.ts";
import { defaultRobots, type RobotSettings } from "./robot/settings.ts";
import { StrangerThrottles } from "./robot/throttle.ts";
import { DataFile, readDataFile } from "./rooms/data-file.ts";
import { Rooms } from "./rooms/rooms.ts";
import { Sessions } from "./rooms/sessions.ts";

/** Where and what to play; everything has a default. */
export interface SandboxOptions {
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** {@link defaultRobots} by default. */
  readonly robots?: readonly RobotSettings[];
  /** Unknown tokens make a robot. */
  readonly isOpen?: boolean;
  /** Keeps the messages; without it they are gone at the end. */
  readonly dataFile?: string;
  /** Where the page's files are; beside the code by default. */
  readonly pageFolder?: string;
  /** The machine's by default. */
  readonly clock?: Clock;
  /** From 0 to below 1; the machine's by default. */
  readonly random?: () => number;
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
 * @throws {DataFileError} when the file cannot be read or written
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, dataFile: path } = options;
  const closing = new AbortController();
  const site = createSite(options, host, closing.signal);
  const { rooms } = site.stage;
  if (path !== undefined) rooms.restore(readDataFile(path));
  const server = createServer((request, response) => void serve(site, request, response));
  const boundPort = await listen(server, host, port);
  // Not before the port is ours: a second sandbox must not take the first one's file away.
  const dataFile = path === undefined ? undefined : await keepRooms(rooms, path, server);
  return {
    port: boundPort,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    async close() {
      closing.abort();
      await closeServer(server);
      dataFile?.close();
    },
  };
}

async function keepRooms(rooms: Rooms, path: string, server: Server): Promise<DataFile> {
  try {
    const dataFile = new DataFile(path, () => rooms.entries());
    rooms.keepIn(dataFile);
    return dataFile;
  } catch (error) {
    await closeServer(server);
    throw error;
  }
}

/** Ends open connections, too. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function createSite(options: SandboxOptions, host: string, closing: AbortSignal): Site {
  const { robots = defaultRobots, isOpen = false, clock = systemClock } = options;
  const { random = machineRandom, pageFolder = builtPage } = options;
  const rooms = new Rooms({ robots, isOpen });
  const sessions = new Sessions();
  const stage = { rooms, clock, random, sessions, strangers: new StrangerThrottles() };
  const epoch = random().toString(36).slice(2);
  return { stage, page: new PageFiles(pageFolder), host, epoch, closing };
}

const builtPage = `${packageFolder}dist/sandbox/page/`;

/** Good enough for session webhooks that nobody shall guess. */
function machineRandom(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

/** Never rejects: no request ends the process. */
async function serve(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await handle(site, request, response);
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
