import type { Logger } from "pino";
import { systemClock } from "../base/clock.ts";
import { version } from "../base/version.ts";
import type { TelemetryServer, TelemetrySources } from "../telemetry/http-server.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import { startTracing, type Tracing } from "../telemetry/tracing.ts";
import { combine, type Telemetry } from "../telemetry/watch.ts";
import type { Config } from "./environment.ts";

/** What {@link Observability} uses from outside. */
export interface ObservabilityDeps {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** The current status of each configured component. */
  readonly components: () => readonly ComponentStatus[];
}

/** Metrics, probes and traces, each only if the configuration asks for it. */
export class Observability {
  /** Undefined if neither metrics nor traces are configured. */
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

  /** Starts tracing and creates the metrics. No port is opened. */
  static async create(deps: ObservabilityDeps): Promise<Observability> {
    const { config, env, log } = deps;
    const tracing = await startTracing({ env, version, log });
    const metrics = config.metricsPort === undefined ? undefined : await createMetrics(deps);
    return new Observability(tracing, metrics);
  }

  /**
   * Serves metrics and probes if a port is configured.
   *
   * @param findProblem the reason for which `/readyz` fails
   * @throws {MetricsPortError} if the port cannot be used
   */
  async listen(
    { config: { metricsPort }, log }: Pick<ObservabilityDeps, "config" | "log">,
    findProblem: TelemetrySources["findProblem"],
  ): Promise<void> {
    if (this.#metrics === undefined || metricsPort === undefined) return;
    // Loaded only here, because node:http loads Node's own undici as well.
    const { TelemetryServer } = await import("../telemetry/http-server.ts");
    this.#server = new TelemetryServer({ metrics: this.#metrics, findProblem });
    await this.#server.listen(metricsPort);
    log.info({ port: metricsPort }, "metrics and probes are served");
  }

  /**
   * Delivers the last spans and closes the port. Called last, so that probes are answered until then.
   *
   * @param graceMs time limit of the delivery
   */
  async close(graceMs: number): Promise<void> {
    await this.#tracing?.close(graceMs);
    await this.#server?.close();
  }
}

/** Loads the metrics' library only if the metrics are configured. */
async function createMetrics({ components }: ObservabilityDeps): Promise<Metrics> {
  const { Metrics } = await import("../telemetry/metrics.ts");
  const elapsed = (): number => performance.now();
  return new Metrics({ version, now: systemClock.now, elapsed, components });
}
