import { trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { systemClock, withinTime } from "../base/clock.ts";
import type { Tracing, TracingOptions } from "./tracing.ts";
import { batchLimitsOf, samplerOf } from "./tracing-environment.ts";

/**
 * Registers OpenTelemetry's SDK. Endpoint, headers, sampler and batch sizes come from the standard
 * variables.
 *
 * @returns a function that delivers the last spans and ends the SDK
 */
export function startSdk({ env, version, log }: TracingOptions): Tracing["close"] {
  warnOfProtocol(env, log);
  const own = { "service.name": "dapr-dingtalk-webhook", "service.version": version };
  const exporter = reported(new OTLPTraceExporter(), log);
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes(own))
      // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override our own attributes.
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(env, log),
    spanProcessors: [new BatchSpanProcessor({ ...batchLimitsOf(env, log), exporter })],
  });
  trace.setGlobalTracerProvider(provider);
  return async (timeoutMs) => {
    const limit = { clock: systemClock, timeoutMs };
    // Spans that the collector does not take in time are lost. The process ends nevertheless.
    await withinTime(limit, () => provider.shutdown()).catch(() => {});
  };
}

/** An endpoint for OTLP over gRPC, usually port 4317, fails without a message that names the cause. */
function warnOfProtocol(env: NodeJS.ProcessEnv, log: Logger): void {
  const { OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL } = env;
  const protocol = OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || OTEL_EXPORTER_OTLP_PROTOCOL;
  if (!protocol || protocol === "http/protobuf") return;
  log.warn(
    { protocol },
    "traces go as http/protobuf all the same; point the endpoint at the collector's HTTP port, usually 4318",
  );
}

/** Logs when delivery begins to fail and when it works again. The SDK drops spans silently. */
function reported(exporter: OTLPTraceExporter, log: Logger): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        const hasFailed = result.error !== undefined;
        if (hasFailed && !isFailing) log.warn({ err: result.error }, "cannot deliver traces");
        if (!hasFailed && isFailing) log.info("traces are delivered again");
        isFailing = hasFailed;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
