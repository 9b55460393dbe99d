import {
  type Attributes,
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { Outcome, SendWatch, WatchedCall } from "./watch.ts";

const invokeMethod = "dapr.proto.components.v1.OutputBinding/Invoke";

/**
 * Makes the spans of one call of `create`: one for the call, below daprd's span, and below it one
 * for each wait for the budget and each POST.
 */
export function watchCall(
  tracer: Tracer,
  { robot, instance, traceparent }: WatchedCall,
): SendWatch {
  const attributes = {
    "rpc.system.name": "grpc",
    "rpc.method": invokeMethod,
    "dapr.component": instance,
    "dapr.operation": "create",
    "dingtalk.robot": robot,
  };
  const parent = parentContext(traceparent);
  const call = tracer.startSpan(invokeMethod, { kind: SpanKind.SERVER, attributes }, parent);
  const within = trace.setSpan(parent, call);
  return {
    waits: () => {
      const span = tracer.startSpan("wait for budget", {}, within);
      return () => endOnce(span);
    },
    // The span names only the host, because path and query are secret. DingTalk gets no traceparent.
    posts: (host) => {
      const attributes = { "http.request.method": "POST", "server.address": host };
      const span = tracer.startSpan("POST", { kind: SpanKind.CLIENT, attributes }, within);
      return (outcome) => end(span, outcome);
    },
    repeats: (reason) => void call.addEvent("retry", { "error.type": reason }),
    suppressed: () => void call.setAttribute("dingtalk.duplicate", true),
    ends: (outcome) => end(call, outcome),
  };
}

function endOnce(span: Span): void {
  if (span.isRecording()) span.end();
}

function end(span: Span, { kind, reason, errcode, httpStatus }: Outcome): void {
  const attributes: Attributes = { "dingtalk.outcome": kind };
  if (errcode !== undefined) attributes["dingtalk.errcode"] = errcode;
  if (httpStatus !== undefined) attributes["http.response.status_code"] = httpStatus;
  if (reason !== undefined) attributes["error.type"] = reason;
  span.setAttributes(attributes);
  if (kind !== "accepted") span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** The traceparent of W3C Trace Context. Versions after 00 may append fields. */
const traceparentForm =
  /^(?:00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})|(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?)$/;

/** daprd sends zeros if its tracing is off. The call then begins a trace of its own. */
function parentContext(traceparent = ""): Context {
  const parts = traceparentForm.exec(traceparent)?.slice(1).filter(Boolean);
  const [traceId = "", spanId = "", flags = "0"] = parts ?? [];
  const traceFlags = Number.parseInt(flags, 16);
  const spanContext = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(spanContext)
    ? trace.setSpanContext(ROOT_CONTEXT, spanContext)
    : ROOT_CONTEXT;
}
