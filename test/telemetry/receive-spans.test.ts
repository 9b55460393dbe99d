import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { describe, expect, test } from "vitest";
import { watchReceipt } from "../../src/telemetry/receive-spans.ts";
import type { ReceiptEnd } from "../../src/telemetry/receive-telemetry.ts";

const receipt = { instance: "support-bot", via: "stream", msgtype: "text" } as const;

/** Watches a message with a tracer whose ended spans the test sees. */
function watch() {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter: exporter })];
  const tracer = new TracerProvider({ spanProcessors }).getTracer("test");
  const watched = watchReceipt(tracer, receipt);
  return { watched, spans: () => exporter.getFinishedSpans() };
}

describe("the spans of a received message", () => {
  test("are the receipt, which begins a trace, and below it the answer", () => {
    const { watched, spans } = watch();

    watched.handsOver(1)("answered");
    const isSaid = watched.answers();
    isSaid();
    watched.ends("answered");

    const [answer, root] = spans();
    const { traceId, spanId } = root?.spanContext() ?? expect.fail("no receipt");
    expect(watched.traceparent).toBe(`00-${traceId}-${spanId}-01`);
    expect(root).toMatchObject({
      name: "receive message",
      parentSpanContext: undefined,
      attributes: {
        ...{ "dapr.component": "support-bot", "dingtalk.via": "stream" },
        ...{ "dingtalk.msgtype": "text", "dingtalk.outcome": "answered" },
      },
      status: { code: 0 },
    });
    expect(answer).toMatchObject({
      name: "answer message",
      parentSpanContext: { traceId, spanId },
    });
    expect(root?.events.map(({ name }) => name)).toEqual(["hand over", "hand-over ended"]);
  });

  test.each<[ReceiptEnd, number]>([
    ["silent", 0],
    ["elsewhere", 0],
    ["lost", 2],
    ["unanswered", 2],
    ["overflow", 2],
  ])("end as %s with status %d", (end, code) => {
    const { watched, spans } = watch();

    watched.ends(end);

    expect(spans()[0]).toMatchObject({ status: { code } });
  });

  test("hold the answer that comes after the end", () => {
    const { watched, spans } = watch();

    watched.ends("unanswered");
    watched.answers()();

    const [root, answer] = spans();
    expect(answer?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
  });
});
