import type { Logger } from "pino";
import type { ReceiveTelemetry } from "./receive-telemetry.ts";
import type { Telemetry } from "./watch.ts";

/** Traces that somebody receives. */
export interface Tracing {
  readonly telemetry: Telemetry;
  /** Watches each received message. */
  readonly watchReceipt: ReceiveTelemetry["watch"];
  /** Delivers the last spans. Spans that take longer than `timeoutMs` are lost. Never rejects. */
  close(timeoutMs: number): Promise<void>;
}

/** What tracing needs to know. */
export interface TracingOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Version of this program. */
  readonly version: string;
  readonly log: Logger;
}

const scope = "dapr-dingtalk-webhook";
/** Property of `globalThis` that exists as soon as an SDK has registered with the OpenTelemetry API. */
const apiGlobal = Symbol.for("opentelemetry.js.api.1");

/**
 * Starts tracing through the OpenTelemetry API. An SDK that was loaded before this program
 * (`node --import`) receives the spans; otherwise an SDK of our own does, if the standard variables
 * ask for one. Without either, the result is undefined and no OpenTelemetry code is loaded.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing | undefined> {
  const { env, version } = options;
  const isWanted = isAskedFor(env);
  if (!isWanted && !(apiGlobal in globalThis)) return undefined;
  const api = await import("@opentelemetry/api");
  const hasSdk = isProvided(api);
  if (!isWanted && !hasSdk) return undefined;
  const close = hasSdk ? async () => {} : (await import("./tracing-sdk.ts")).startSdk(options);
  const { watchCall } = await import("./spans.ts");
  const { watchReceipt } = await import("./receive-spans.ts");
  const tracer = api.trace.getTracer(scope, version);
  return {
    telemetry: { watch: (call) => watchCall(tracer, call) },
    watchReceipt: (receipt) => watchReceipt(tracer, receipt),
    close,
  };
}

function isProvided({ ProxyTracerProvider, trace }: typeof import("@opentelemetry/api")): boolean {
  const provider = trace.getTracerProvider();
  const nobody = new ProxyTracerProvider().getDelegate();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== nobody;
}

/** @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
function isAskedFor(env: NodeJS.ProcessEnv): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = env;
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true") return false;
  if (env.OTEL_TRACES_EXPORTER === "none") return false;
  return Boolean(OTEL_EXPORTER_OTLP_ENDPOINT || OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
}
