import {
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { ReceiptEnd, ReceiptWatch, WatchedReceipt } from "./receive-telemetry.ts";

/** DingTalk's own types have about 15 characters. Another sender could send any text. */
const mostTypeLength = 64;
const badEnds: ReadonlySet<ReceiptEnd> = new Set(["lost", "unanswered", "overflow"]);

/**
 * Makes the spans of one message: one for the receipt, which begins a trace, and below it one for
 * each answer. daprd's own span is below the receipt too, because the event carries the trace.
 */
export function watchReceipt(
  tracer: Tracer,
  { instance, via, msgtype }: WatchedReceipt,
): ReceiptWatch {
  const attributes = {
    "dapr.component": instance,
    "dingtalk.via": via,
    ...(msgtype !== undefined && { "dingtalk.msgtype": msgtype.slice(0, mostTypeLength) }),
  };
  const receipt = tracer.startSpan(
    "receive message",
    { kind: SpanKind.CONSUMER, attributes },
    ROOT_CONTEXT,
  );
  const within = trace.setSpan(ROOT_CONTEXT, receipt);
  return {
    traceparent: traceparentOf(receipt.spanContext()),
    handsOver: (attempt) => {
      receipt.addEvent("hand over", { "dingtalk.attempt": attempt });
      return (outcome) =>
        void receipt.addEvent("hand-over ended", {
          "dingtalk.attempt": attempt,
          "dingtalk.outcome": outcome,
        });
    },
    answers: () => {
      const answer = tracer.startSpan("answer message", { kind: SpanKind.PRODUCER }, within);
      return () => answer.end();
    },
    ends: (outcome) => {
      receipt.setAttribute("dingtalk.outcome", outcome);
      if (badEnds.has(outcome)) receipt.setStatus({ code: SpanStatusCode.ERROR });
      receipt.end();
    },
  };
}

/** @see https://www.w3.org/TR/trace-context/#traceparent-header */
function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
