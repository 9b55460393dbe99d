import { chmod, lstat, mkdtemp, rename, rm, unlink } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { Server, ServerCredentials, type ServerInterceptor } from "@grpc/grpc-js";
import type { Clock } from "../base/clock.ts";
import { errorCodeOf } from "../base/error-code.ts";
import { SocketError } from "./sockets.ts";
import { waitFor } from "./wait-for.ts";

/** How long an ended call may take to leave its connection before the connection is cut. */
const leaveMs = 200;
/** daprd needs two connections for each component. More than these would take all descriptors. */
const mostConnections = 512;

/** What a {@link SocketServer} is made of. */
export interface SocketServerOptions {
  readonly path: string;
  /** Permissions of the socket. */
  readonly mode: number;
  /** Largest message that the server takes, in bytes. A larger one fails its call. */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /** Adds the gRPC services. */
  readonly addServices: (server: Server) => void;
  /** Hears that a connection closed, by the name that `getPeer` of its calls gave. */
  readonly onClose: (connection: string) => void;
  /** Sees every call before its handler. */
  readonly interceptor: ServerInterceptor;
}

/** A gRPC server on one Unix socket, which knows each of its connections by name. */
export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #server = createServer();
  readonly #grpc: Server;
  readonly #connections = new Map<string, Socket>();
  #accepted = 0;
  #bytesOfClosed = 0;
  /** Identifies our socket file. Undefined before there is one. */
  #inode: number | undefined;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#grpc = new Server({
      "grpc.max_receive_message_length": options.maxMessageBytes,
      "grpc.enable_channelz": 0,
      interceptors: [options.interceptor],
    });
    options.addServices(this.#grpc);
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    this.#server.maxConnections = mostConnections;
    this.#server.on("connection", (socket) => {
      this.#name(socket);
      injector.injectConnection(socket);
    });
  }

  /** What all connections have received so far. */
  get bytesRead(): number {
    return [...this.#connections.values()].reduce(
      (bytes, socket) => bytes + socket.bytesRead,
      this.#bytesOfClosed,
    );
  }

  get path(): string {
    return this.#options.path;
  }

  /**
   * Makes the socket and takes calls.
   *
   * The socket is made in a folder of its own and then moved. So it has its mode from its first
   * moment, and Node, which removes a socket by its first path, leaves the file of another process.
   *
   * @throws {SocketError}
   */
  async listen(): Promise<void> {
    await this.#listen().catch((cause: unknown) => {
      throw new SocketError(`cannot make the socket ${this.path}: ${errorCodeOf(cause)}`, {
        cause,
      });
    });
  }

  async #listen(): Promise<void> {
    const { path, mode } = this.#options;
    // daprd looks into no folder.
    const folder = await mkdtemp(join(dirname(path), temporaryPrefix));
    const temporary = join(folder, "s");
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject).listen(temporary, resolve);
      });
      await chmod(temporary, mode);
      this.#inode = (await lstat(temporary)).ino;
      await rename(temporary, path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Whether the socket's path leads to this server. False if another process took its place. */
  async isInPlace(): Promise<boolean> {
    const stats = await lstat(this.#options.path).catch(() => undefined);
    return stats !== undefined && stats.ino === this.#inode;
  }

  /** Ends one connection, of which nothing more is expected. */
  end(connection: string): void {
    this.#connections.get(connection)?.destroySoon();
  }

  /** Removes the socket. Cuts the connections whose calls do not end within a moment. */
  async close(): Promise<void> {
    if (await this.isInPlace()) await unlink(this.#options.path).catch(() => {});
    this.#server.close();
    const closed = new Promise<void>((resolve) => this.#grpc.tryShutdown(() => resolve()));
    await waitFor(closed, { clock: this.#options.clock, timeoutMs: leaveMs });
    for (const socket of this.#connections.values()) socket.destroy();
    this.#grpc.forceShutdown();
  }

  /** Gives a connection a name, which grpc-js takes for the address of the peer. */
  #name(socket: Socket): void {
    this.#accepted += 1;
    const name = `${this.#options.path}#${this.#accepted}`;
    Object.defineProperty(socket, "remoteAddress", { value: name });
    this.#connections.set(name, socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#bytesOfClosed += socket.bytesRead;
      this.#connections.delete(name);
      this.#options.onClose(name);
    });
  }
}

/** Begins the name of the folder in which a socket is made. */
const temporaryPrefix = ".n-";
