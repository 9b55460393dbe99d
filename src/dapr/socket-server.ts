import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { Clock } from "../base/clock.ts";
import { waitFor } from "./wait-for.ts";

/** How long an ended call may take to leave its connection before the connection is cut. */
const leaveMs = 200;

/** What a {@link SocketServer} is made of. */
export interface SocketServerOptions {
  readonly path: string;
  /** Largest message that the server takes, in bytes. A larger one fails its call. */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /** Adds the gRPC services. */
  readonly addServices: (server: Server) => void;
}

/** A gRPC server on one Unix socket. */
export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #server: Server;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#server = new Server({
      "grpc.max_receive_message_length": options.maxMessageBytes,
      // Channelz stays on: without it, forceShutdown of grpc-js ends no connection.
    });
    options.addServices(this.#server);
  }

  /** Makes the socket and takes calls. Rejects with grpc-js's own error. */
  listen(): Promise<void> {
    const address = `unix:${this.#options.path}`;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** Removes the socket. Cuts the calls that do not end within a moment. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    await waitFor(closed, { clock: this.#options.clock, timeoutMs: leaveMs });
    this.#server.forceShutdown();
  }
}
