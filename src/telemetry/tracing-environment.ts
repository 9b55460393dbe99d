import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  type BatchSpanProcessorOptions,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";

type Environment = Readonly<Record<string, string | undefined>>;
type BatchLimits = Omit<BatchSpanProcessorOptions, "exporter">;

/** The variable of each limit. Times are in milliseconds. */
const batchVariables = {
  scheduledDelayMillis: "OTEL_BSP_SCHEDULE_DELAY",
  exportTimeoutMillis: "OTEL_BSP_EXPORT_TIMEOUT",
  maxQueueSize: "OTEL_BSP_MAX_QUEUE_SIZE",
  maxExportBatchSize: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
} as const satisfies Partial<Record<keyof BatchLimits, string>>;

const rootSamplers: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
};

const parentBased = "parentbased_";

/**
 * The sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` name. Without one, the parent
 * decides, and a trace without a parent is recorded. An unusable value is logged, and the default
 * applies. `@opentelemetry/sdk-trace` reads no variables itself.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function samplerOf(env: Environment, log: Logger): Sampler {
  const name = env.OTEL_TRACES_SAMPLER?.trim() || `${parentBased}always_on`;
  const rootName = name.startsWith(parentBased) ? name.slice(parentBased.length) : name;
  const create = Object.hasOwn(rootSamplers, rootName) ? rootSamplers[rootName] : undefined;
  if (create === undefined) {
    log.warn({ sampler: name }, "OTEL_TRACES_SAMPLER names no sampler; the parent decides");
    return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
  const root = create(rootName === "traceidratio" ? ratioOf(env, log) : 1);
  return rootName === name ? root : new ParentBasedSampler({ root });
}

/** The share of traces that are recorded, from 0 to 1; 1 by default. */
function ratioOf({ OTEL_TRACES_SAMPLER_ARG: text }: Environment, log: Logger): number {
  if (!text?.trim()) return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  log.warn({ value: text }, "OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1; every trace counts");
  return 1;
}

/** The limits of the batches that the `OTEL_BSP_*` variables set. A limit that is unset is absent. */
export function batchLimitsOf(env: Environment, log: Logger): BatchLimits {
  const limits = Object.entries(batchVariables).flatMap(([limit, variable]) => {
    const text = env[variable]?.trim();
    if (!text) return [];
    if (/^\d+$/.test(text)) return [[limit, Number(text)]];
    log.warn({ variable }, "the variable is no whole number; the default applies");
    return [];
  });
  return Object.fromEntries(limits);
}
