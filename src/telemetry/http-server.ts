import type { IncomingMessage } from "node:http";
import { BoundedServer, type HttpAnswer } from "../base/bounded-server.ts";
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
const limits = {
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  mostConnections: 64,
};

/** Serves `/metrics`, `/healthz` and `/readyz` to Prometheus and the kubelet. */
export class TelemetryServer {
  readonly #sources: TelemetrySources;
  readonly #server: BoundedServer;

  constructor(sources: TelemetrySources) {
    this.#sources = sources;
    this.#server = new BoundedServer(limits, (request) => this.#answer(request));
  }

  /**
   * Listens on all interfaces, because Prometheus connects from another pod.
   *
   * @throws {MetricsPortError} if the port cannot be used
   */
  async listen(port: number): Promise<void> {
    try {
      await this.#server.listen(port);
    } catch (cause) {
      const code = errorCodeOf(cause);
      throw new MetricsPortError(`cannot listen on the metrics port ${port}: ${code}`, { cause });
    }
  }

  /** Ends every connection and stops to listen. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  async #answer({ method = "", url = "" }: IncomingMessage): Promise<HttpAnswer> {
    if (method !== "GET" && method !== "HEAD") {
      return text(405, "only GET and HEAD\n", { allow: "GET, HEAD" });
    }
    const { metrics, findProblem } = this.#sources;
    switch (url.split("?", 1)[0]) {
      case "/metrics":
        return text(200, await metrics.text(), { "content-type": metrics.contentType });
      case "/healthz":
        return text(200, "ok\n");
      case "/readyz": {
        const problem = await findProblem();
        return problem === undefined ? text(200, "ok\n") : text(503, `${problem}\n`);
      }
      default:
        return text(404, "there are /metrics, /healthz and /readyz\n");
    }
  }
}

function text(status: number, body: string, headers?: HttpAnswer["headers"]): HttpAnswer {
  const usual = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return { status, body, headers: { ...usual, ...headers } };
}
