import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Clock, systemClock } from "../src/base/clock.ts";
import { errorCodeOf } from "../src/base/error-code.ts";
import { packageFolder } from "../src/base/package-folder.ts";
import { answerPlainly, isWebSocket } from "./http/other-upgrades.ts";
import { PageFiles } from "./http/page-files.ts";
import { answerBusy, answerRequest, type ServerDeps } from "./http/requests.ts";
import { speak, textMessage } from "./human/speak.ts";
import { defaultRobots, type RobotSettings } from "./robot/settings.ts";
import { UnknownTokenThrottles } from "./robot/throttle.ts";
import { DataFile } from "./rooms/data-file.ts";
import { DataFileError } from "./rooms/data-file-error.ts";
import { readDataFile } from "./rooms/read-data-file.ts";
import type { Room } from "./rooms/room.ts";
import { Rooms } from "./rooms/rooms.ts";
import { Sessions } from "./rooms/sessions.ts";
import type { StreamConnection } from "./stream/connection.ts";
import { Connections } from "./stream/connections.ts";
import { Upgrades } from "./stream/upgrade.ts";
import { Timers } from "./timers.ts";

/** What a sandbox listens on and which robots it simulates. */
export interface SandboxOptions {
  /** The host to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /** The port to listen on. Default: 0, which takes a free one. */
  readonly port?: number;
  /** Default: {@link defaultRobots}. */
  readonly robots?: readonly RobotSettings[];
  /** True if an unknown token makes a robot at its first use. Default: false. */
  readonly isOpen?: boolean;
  /** The file that keeps the messages. If unset, they are gone at the end. */
  readonly dataFile?: string;
  /** The folder of the page's files. Default: the built page of this package. */
  readonly pageFolder?: string;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** A number from 0 to below 1. Default: the system's random numbers. */
  readonly random?: () => number;
}

/** A sandbox that accepts requests. */
export interface Sandbox {
  readonly port: number;
  /** The address, such as `http://127.0.0.1:4050`, without a slash at the end. */
  readonly url: string;
  /** Stops listening and ends open connections. A second call does nothing. */
  close(): Promise<void>;
}

/** The sandbox cannot listen on its host and port. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code = "CANNOT_LISTEN";
}

/**
 * Starts a server that simulates DingTalk's robots.
 *
 * @throws {ListenError} when the port is in use or the host is not of this machine
 * @throws {DataFileError} when the file cannot be read or written
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, dataFile: path } = options;
  const closing = new AbortController();
  const deps = createDeps(options, host, closing.signal);
  const { rooms } = deps;
  if (path !== undefined) rooms.restore(readDataFile(path));
  const server = createServer((request, response) => void serve(deps, request, response));
  const upgrades = new Upgrades({ sandbox: deps, host, sayAtOnce: sayAtOnce(deps) });
  server.on("upgrade", (request, socket, head) => {
    if (isWebSocket(request)) void upgrades.answer(request, socket, head).catch(deps.report);
    else answerPlainly(server, { request, socket, head });
  });
  const boundPort = await listen(server, host, port);
  // A second sandbox on the same port must not touch the first one's file.
  const dataFile = path === undefined ? undefined : await keepRooms(rooms, path, server);
  return {
    port: boundPort,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    async close() {
      closing.abort();
      deps.timers.close();
      deps.connections.close();
      upgrades.close();
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

/** Closes the server and its open connections. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function createDeps(options: SandboxOptions, host: string, closing: AbortSignal): ServerDeps {
  const { robots = defaultRobots, isOpen = false, clock = systemClock } = options;
  const { random = secureRandom, pageFolder = builtPage } = options;
  const timers = new Timers(clock, report);
  const connections = new Connections({
    clock,
    timers,
    onChange: (clientId) => {
      for (const room of rooms.ofClient(clientId)) rooms.configure(room, () => room.touch());
    },
  });
  const connectionsOf = (clientId: string) => connections.statesOf(clientId);
  const rooms = new Rooms({ robots, isOpen, connectionsOf });
  return {
    rooms,
    connections,
    timers,
    report,
    sessions: new Sessions(),
    unknownTokens: new UnknownTokenThrottles(),
    page: new PageFiles(pageFolder),
    streams: new Set(),
    runId: random().toString(36).slice(2),
    clock,
    random,
    host,
    closing,
  };
}

/** Says something in a room for the fault `early-frame`. */
function sayAtOnce(deps: ServerDeps) {
  return (room: Room, connection: StreamConnection, baseUrl: string): void => {
    const message = textMessage("early frame");
    const spoken = { room, message, baseUrl, signal: deps.closing, connection };
    void speak(deps, spoken).catch(deps.report);
  };
}

const builtPage = `${packageFolder}dist/sandbox/page/`;

/** Cryptographic, because nobody shall guess a session webhook. */
function secureRandom(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

/** Never rejects, so that no request ends the process. */
async function serve(
  deps: ServerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await answerRequest(deps, request, response);
  } catch (error) {
    // A sender that closed the connection in the middle of its request waits for no answer.
    if (request.destroyed && !request.complete) return;
    report(error);
    if (response.headersSent) response.destroy();
    else answerBusy(response);
  }
}

function report(error: unknown): void {
  process.stderr.write(`${describeFailure(error)}\n`);
}

/** Without a stack for a data file that cannot be written, which is no fault of the program. */
function describeFailure(error: unknown): string {
  if (error instanceof DataFileError) return `dingtalk-webhook: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
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
  const problem = error instanceof Error ? error.message : String(error);
  return listenProblems[errorCodeOf(error)] ?? problem;
}
