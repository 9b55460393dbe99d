// An SDK as an operator may load it with NODE_OPTIONS.
import { trace } from "@opentelemetry/api";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";

/** @type {import("@opentelemetry/sdk-trace-base").SpanProcessor} */
const processor = {
  onStart() {},
  onEnd(span) {
    process.stdout.write(`preloaded SDK: ${span.name} of ${span.spanContext().traceId}\n`);
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
