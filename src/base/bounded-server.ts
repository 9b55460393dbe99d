import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";

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

/** An HTTP server with limits of time and of connections. An error of the handler is answered 500. */
export class BoundedServer {
  readonly #handle: RequestHandler;
  readonly #server: Server;

  constructor({ mostConnections, ...limits }: ServerLimits, handle: RequestHandler) {
    this.#handle = handle;
    const options = { ...limits, connectionsCheckingInterval: 1000 };
    this.#server = createServer(options, (request, response) => {
      void this.#answer(request, response);
    });
    this.#server.maxConnections = mostConnections;
  }

  /**
   * Listens on a port.
   *
   * @param host address of one interface; if undefined, all interfaces
   * @throws the error of the operating system
   */
  async listen(port: number, host?: string): Promise<void> {
    await once(this.#server.listen(port, host), "listening");
  }

  /** Ends every connection and stops to listen. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body = "", headers } = await this.#handle(request).catch(failed);
    response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
    response.end(request.method === "HEAD" ? undefined : body);
  }
}

function failed(): HttpAnswer {
  return { status: 500, body: "internal error\n" };
}
