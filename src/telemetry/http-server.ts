import { BoundedServer, type HttpAnswer } from "../base/bounded-server.ts";

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
export function createTelemetryServer({ metrics, findProblem }: TelemetrySources): BoundedServer {
  return new BoundedServer(limits, async ({ method = "", url = "" }) => {
    if (method !== "GET" && method !== "HEAD") {
      return text(405, "only GET and HEAD\n", { allow: "GET, HEAD" });
    }
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
  });
}

function text(status: number, body: string, headers?: HttpAnswer["headers"]): HttpAnswer {
  const usual = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return { status, body, headers: { ...usual, ...headers } };
}
