import { trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import type { Logger } from "pino";
import { systemClock, withinTime } from "../base/clock.ts";
import type { Tracing, TracingOptions } from "./tracing.ts";

/**
 * Registers OpenTelemetry's SDK, which reads its endpoint, headers, sampler and batches from the
 * standard variables.
 *
 * @returns delivers the last spans and ends it
 */
export function startSdk({ env, version, log }: TracingOptions): Tracing["close"] {
  warnOfProtocol(env, log);
  const own = { "service.name": "dapr-dingtalk-webhook", "service.version": version };
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes(own))
      // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say counts more.
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(reported(new OTLPTraceExporter(), log))],
  });
  trace.setGlobalTracerProvider(provider);
  return async (timeoutMs) => {
    const limit = { clock: systemClock, timeoutMs };
    // Spans that the collector does not take in time are lost; the process ends all the same.
    await withinTime(limit, () => provider.shutdown()).catch(() => {});
  };
}

/** Port 4317 with grpc is as common as 4318, and a wrong one fails without a word. */
function warnOfProtocol(env: NodeJS.ProcessEnv, log: Logger): void {
  const { OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL } = env;
  const protocol = OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || OTEL_EXPORTER_OTLP_PROTOCOL;
  if (!protocol || protocol === "http/protobuf") return;
  log.warn(
    { protocol },
    "traces go as http/protobuf all the same; point the endpoint at the collector's HTTP port, usually 4318",
  );
}

/** The SDK drops what it cannot deliver and says nothing; once in a row is enough. */
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
