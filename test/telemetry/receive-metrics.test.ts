import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { createReceiveMetrics } from "../../src/telemetry/receive-metrics.ts";
import { noReceiptWatch, type ReceiveTelemetry } from "../../src/telemetry/receive-telemetry.ts";
import { parseSamples } from "./support/scrape.ts";

function start() {
  const registry = new Registry();
  const metrics = createReceiveMetrics(registry);
  return { metrics, samples: async () => parseSamples(await registry.metrics()) };
}

describe("the metrics of what is received", () => {
  test.each<[string, (metrics: ReceiveTelemetry) => void, number]>([
    [
      'received_total{instance="a",via="http",outcome="malformed"}',
      (m) => m.received("a", "http", "malformed"),
      1,
    ],
    ['callbacks_refused_total{reason="stale"}', (m) => m.callbackRefused("stale"), 1],
    ['handled_total{instance="a",outcome="silent"}', (m) => m.handled("a", "silent"), 1],
    ['app_attempts_total{outcome="stream-broke"}', (m) => m.appAttempt("stream-broke"), 1],
    ['answers_total{instance="a",outcome="too-large"}', (m) => m.answer("a", "too-large"), 1],
    ['stream_connections{instance="a"}', (m) => m.streamConnections("a", 2), 2],
    ['stream_reconnects_total{reason="no-pong"}', (m) => m.streamReconnect("no-pong"), 1],
    ['ack_seconds_bucket{le="2.5"}', (m) => m.acknowledged(2.5), 1],
    ['handle_seconds_bucket{le="600"}', (m) => m.handledIn(600), 1],
    ["receive_in_flight", (m) => m.load({ inFlight: 3, held: 4 }), 3],
    ["receive_held", (m) => m.load({ inFlight: 3, held: 4 }), 4],
    ["last_received_timestamp_seconds", (m) => m.lastReceived(1500), 1.5],
    ['over_quota_total{instance="a"}', (m) => m.overQuota("a"), 1],
    ["forgotten_messages_total", (m) => m.forgotten(), 1],
    ["forgotten_answers_total", (m) => m.answerForgotten(), 1],
    ['unclaimed_messages_total{instance="a"}', (m) => m.unclaimed("a"), 1],
  ])("have %s", async (sample, act, expected) => {
    const { metrics, samples } = start();

    act(metrics);

    expect((await samples()).get(`dingtalk_${sample}`)).toBe(expected);
  });

  test("have no sample for the connections of a component that nobody reads from", async () => {
    const { metrics, samples } = start();
    metrics.streamConnections("a", 0);

    metrics.streamConnections("a", undefined);

    expect([...(await samples()).keys()].filter((name) => name.includes("connections"))).toEqual(
      [],
    );
  });

  test("watch no message without tracing", () => {
    const { metrics } = start();

    expect(metrics.watch({ instance: "a", via: "http", msgtype: undefined })).toBe(noReceiptWatch);
  });
});
