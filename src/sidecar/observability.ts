import type { Logger } from "pino";
import { systemClock } from "../base/clock.ts";
import { version } from "../base/version.ts";
import { monthOf } from "../dingtalk/limits.ts";
import type { TelemetryServer, TelemetrySources } from "../telemetry/http-server.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import { startTracing, type Tracing } from "../telemetry/tracing.ts";
import { combine, type Telemetry } from "../telemetry/watch.ts";
import type { Config } from "./environment.ts";

export interface ObservabilityParts {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Each configured component, at the moment. */
  readonly components: () => readonly ComponentStatus[];
}

/** Metrics, probes and traces, as far as they are asked for. */
export class Observability {
  /** Undefined where nobody looks. */
  readonly telemetry: Telemetry | undefined;
  readonly #tracing: Tracing | undefined;
  readonly #metrics: Metrics | undefined;
  #server: TelemetryServer | undefined;

  private constructor(tracing: Tracing | undefined, metrics: Metrics | undefined) {
    this.#tracing = tracing;
    this.#metrics = metrics;
    const watching = [metrics, tracing?.telemetry].filter((one) => one !== undefined);
    this.telemetry = watching.length === 0 ? undefined : combine(watching);
  }

  static async create(parts: ObservabilityParts): Promise<Observability> {
    const { config, env, log } = parts;
    const tracing = await startTracing({ env, version, log });
    const metrics = config.metricsPort === undefined ? undefined : await createMetrics(parts);
    return new Observability(tracing, metrics);
  }

  /**
   * Offers metrics and probes, where a port is set.
   *
   * @throws {MetricsPortError}
   */
  async listen(
    { config: { metricsPort }, log }: Pick<ObservabilityParts, "config" | "log">,
    findProblem: TelemetrySources["findProblem"],
  ): Promise<void> {
    if (this.#metrics === undefined || metricsPort === undefined) return;
    // Loaded when asked for: importing node:http loads Node's own undici as well.
    const { TelemetryServer } = await import("../telemetry/http-server.ts");
    this.#server = new TelemetryServer({ metrics: this.#metrics, findProblem });
    await this.#server.listen(metricsPort);
    log.info({ port: metricsPort }, "metrics and probes are served");
  }

  /** Ends it, last of all: probes are answered until then. */
  async close(graceMs: number): Promise<void> {
    await this.#tracing?.close(graceMs);
    await this.#server?.close();
  }
}

/** Loaded when asked for, like the SDK of the traces. */
async function createMetrics({ components }: ObservabilityParts): Promise<Metrics> {
  const { Metrics } = await import("../telemetry/metrics.ts");
  const elapsed = (): number => performance.now();
  return new Metrics({ version, now: systemClock.now, elapsed, monthOf, components });
}
