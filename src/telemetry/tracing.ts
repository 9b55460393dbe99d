import type { Logger } from "pino";
import type { Telemetry } from "./watch.ts";

export interface Tracing {
  readonly telemetry: Telemetry;
  /** Delivers the last spans, as far as that takes no longer. */
  close(timeoutMs: number): Promise<void>;
}

export interface TracingOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  readonly log: Logger;
}

const scope = "dapr-dingtalk-webhook";
/** Where the OpenTelemetry API keeps what an SDK has registered; there once an SDK is loaded. */
const apiGlobal = Symbol.for("opentelemetry.js.api.1");

/**
 * Spans through the OpenTelemetry API, where somebody takes them: an SDK that was loaded before
 * us (`node --import`), else our own when the standard variables ask for it. Nothing otherwise,
 * and then nothing of OpenTelemetry is loaded.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing | undefined> {
  const { env, version } = options;
  if (!isAskedFor(env) && !(apiGlobal in globalThis)) return undefined;
  const api = await import("@opentelemetry/api");
  let close: Tracing["close"] = async () => {};
  if (!isProvided(api)) {
    if (!isAskedFor(env)) return undefined;
    const { startSdk } = await import("./tracing-sdk.ts");
    close = startSdk(options);
  }
  const { Spans } = await import("./spans.ts");
  return { telemetry: new Spans(api.trace.getTracer(scope, version)), close };
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
