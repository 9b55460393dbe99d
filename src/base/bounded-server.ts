import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerOptions } from "node:http";
import { errorCodeOf } from "./error-code.ts";
import { PortError } from "./port-error.ts";

/** What a {@link BoundedServer} allows each client. */
export interface ServerLimits
  extends Required<Pick<ServerOptions, "headersTimeout" | "requestTimeout" | "keepAliveTimeout">> {
  /** Connections beyond these are closed at once, so that they leave descriptors for daprd. */
  readonly mostConnections: number;
}

/** An answer that is whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request. */
export type RequestHandler = (request: IncomingMessage) => Promise<HttpAnswer>;

/** Where a {@link BoundedServer} listens. */
export interface ServerAddress {
  readonly port: number;
  /** Address of one interface. If undefined, the server listens on all interfaces. */
  readonly host?: string | undefined;
}

/** An HTTP server with limits of time and of connections. An error of the handler is answered 500. */
export class BoundedServer {
  readonly #server: Server;

  constructor({ mostConnections, ...limits }: ServerLimits, handle: RequestHandler) {
    const options = { ...limits, connectionsCheckingInterval: 1000 };
    this.#server = createServer(options, async (request, response) => {
      const failed: HttpAnswer = { status: 500, body: "internal error\n" };
      const { status, body = "", headers } = await handle(request).catch(() => failed);
      response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
      response.end(request.method === "HEAD" ? undefined : body);
    });
    this.#server.maxConnections = mostConnections;
  }

  /**
   * Listens on a port.
   *
   * @param use what the port is for, in one word; the error names it
   * @throws {PortError} if the port cannot be used
   */
  async listen(use: string, { port, host }: ServerAddress): Promise<void> {
    try {
      await once(this.#server.listen(port, host), "listening");
    } catch (cause) {
      const code = errorCodeOf(cause);
      throw new PortError(`cannot listen on the ${use} port ${port}: ${code}`, { cause });
    }
  }

  /** Ends every connection and stops to listen. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
