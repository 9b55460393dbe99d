import type { Logger } from "pino";
import type { BoundedServer } from "../base/bounded-server.ts";
import { systemClock } from "../base/clock.ts";
import { version } from "../base/version.ts";
import { monthOf } from "../dingtalk/limits.ts";
import type { TelemetrySources } from "../telemetry/http-server.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { noReceiveTelemetry, type ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import type { ComponentStatus } from "../telemetry/status-gauges.ts";
import { startTracing, type Tracing } from "../telemetry/tracing.ts";
import { combine, type Telemetry } from "../telemetry/watch.ts";

/** What {@link Observability} is made of. */
export interface ObservabilityOptions {
  readonly log: Logger;
  /** The current status of each configured component. */
  readonly components: () => readonly ComponentStatus[];
  /** See `Delivery.forgottenKeys`. */
  readonly forgottenKeys: () => number;
  /** Port of metrics and probes. If unset, there are none. */
  readonly metricsPort?: number | undefined;
  /** OpenTelemetry's variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** Watches the calls as well. */
  readonly telemetry?: Telemetry | undefined;
}

interface Watchers {
  readonly tracing: Tracing | undefined;
  readonly metrics: Metrics | undefined;
}

/** Metrics, probes and traces, each only if the configuration asks for it. */
export class Observability {
  /** Watches every call. Undefined if nobody does. */
  readonly telemetry: Telemetry | undefined;
  /** Watches everything that is received. */
  readonly receiveTelemetry: ReceiveTelemetry;
  readonly #options: ObservabilityOptions;
  readonly #watchers: Watchers;
  #server: BoundedServer | undefined;

  private constructor(options: ObservabilityOptions, watchers: Watchers) {
    this.#options = options;
    this.#watchers = watchers;
    const { tracing, metrics } = watchers;
    const telemetries = [metrics, tracing?.telemetry, options.telemetry];
    const watching = telemetries.filter((telemetry) => telemetry !== undefined);
    this.telemetry = watching.length === 0 ? undefined : combine(watching);
    this.receiveTelemetry = metrics?.receiving ?? receiveSpans(tracing);
  }

  /** Starts tracing and creates the metrics. No port is opened. */
  static async create(options: ObservabilityOptions): Promise<Observability> {
    const { metricsPort, env = {}, log } = options;
    const tracing = await startTracing({ env, version, log });
    const metrics = metricsPort === undefined ? undefined : await createMetrics(options, tracing);
    return new Observability(options, { tracing, metrics });
  }

  /**
   * Serves metrics and probes if a port is configured.
   *
   * @param findProblem the reason for which `/readyz` fails
   * @throws {PortError} if the port cannot be used
   */
  async listen(findProblem: TelemetrySources["findProblem"]): Promise<void> {
    const { metricsPort, log } = this.#options;
    const { metrics } = this.#watchers;
    if (metrics === undefined || metricsPort === undefined) return;
    // Loaded only here, because node:http loads Node's own undici as well.
    const { createTelemetryServer } = await import("../telemetry/http-server.ts");
    this.#server = createTelemetryServer({ metrics, findProblem });
    await this.#server.listen("metrics", { port: metricsPort });
    log.info({ port: metricsPort }, "metrics and probes are served");
  }

  /**
   * Delivers the last spans and closes the port. Called last, so that probes are answered until then.
   *
   * @param graceMs time limit of the delivery
   */
  async close(graceMs: number): Promise<void> {
    await this.#watchers.tracing?.close(graceMs);
    await this.#server?.close();
  }
}

/** Loads the metrics' library only if the metrics are configured. */
async function createMetrics(
  { components, forgottenKeys }: ObservabilityOptions,
  tracing: Tracing | undefined,
): Promise<Metrics> {
  const { Metrics } = await import("../telemetry/metrics.ts");
  const sources = { components, forgottenKeys, watchReceipt: tracing?.watchReceipt };
  return new Metrics({ version, clock: systemClock, monthOf, ...sources });
}

/** Traces without metrics. */
function receiveSpans(tracing: Tracing | undefined): ReceiveTelemetry {
  if (tracing === undefined) return noReceiveTelemetry;
  return { ...noReceiveTelemetry, watch: tracing.watchReceipt };
}
