import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { errorCodeOf } from "../base/error-code.ts";
import { MetricsPortError } from "./errors.ts";

/** Where the answers of the server come from. */
export interface TelemetrySources {
  /** The scrape. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** Why the component would not answer daprd now, or undefined. */
  readonly findProblem: () => Promise<string | undefined>;
}

/** A scraper or probe sends its whole request at once. */
const limits: ServerOptions = {
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};
/** Connections beyond these are closed at once, so that they leave descriptors for daprd. */
const mostConnections = 64;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves `/metrics`, `/healthz` and `/readyz` to Prometheus and the kubelet. */
export class TelemetryServer {
  readonly #sources: TelemetrySources;
  readonly #server: Server;

  constructor(sources: TelemetrySources) {
    this.#sources = sources;
    this.#server = createServer(limits, (request, response) => {
      void this.#handle(request, response);
    });
    this.#server.maxConnections = mostConnections;
  }

  /**
   * Listens on all interfaces, because Prometheus connects from another pod.
   *
   * @throws {MetricsPortError} if the port cannot be used
   */
  async listen(port: number): Promise<void> {
    try {
      await once(this.#server.listen(port), "listening");
    } catch (cause) {
      const code = errorCodeOf(cause);
      throw new MetricsPortError(`cannot listen on the metrics port ${port}: ${code}`, { cause });
    }
  }

  /** Ends every connection and stops to listen. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(
    { method = "", url = "" }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { status, body, contentType, headers } = await this.#answer(method, url).catch(failed);
    response.writeHead(status, {
      "content-type": contentType ?? "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      ...headers,
    });
    response.end(method === "HEAD" ? undefined : body);
  }

  async #answer(method: string, url: string): Promise<Answer> {
    if (method !== "GET" && method !== "HEAD") {
      return { status: 405, body: "only GET and HEAD\n", headers: { allow: "GET, HEAD" } };
    }
    const { metrics, findProblem } = this.#sources;
    switch (url.split("?", 1)[0]) {
      case "/metrics":
        return { status: 200, body: await metrics.text(), contentType: metrics.contentType };
      case "/healthz":
        return { status: 200, body: "ok\n" };
      case "/readyz": {
        const problem = await findProblem();
        return problem === undefined
          ? { status: 200, body: "ok\n" }
          : { status: 503, body: `${problem}\n` };
      }
      default:
        return { status: 404, body: "there are /metrics, /healthz and /readyz\n" };
    }
  }
}

function failed(): Answer {
  return { status: 500, body: "internal error\n" };
}
