// An SDK as an operator may load it with NODE_OPTIONS.
import { trace } from "@opentelemetry/api";
import { TracerProvider } from "@opentelemetry/sdk-trace";

/** @type {import("@opentelemetry/sdk-trace").SpanProcessor} */
const processor = {
  onStart() {},
  onEnd(span) {
    process.stdout.write(`preloaded SDK: ${span.name} of ${span.spanContext().traceId}\n`);
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }));
