import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { noReceiveTelemetry, type ReceiveTelemetry } from "./receive-telemetry.ts";

/** Bounds in seconds, around the 2.5 s after which a message is accepted at the latest. */
const ackBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 3, 5, 10, 60, 120];
/** Bounds in seconds, up to the longest `handleTimeout` of 90 minutes. */
const handleBuckets = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 5400];

/**
 * Metrics of what is received, for Prometheus. Their names are stable.
 *
 * @param watch watches each message, for traces
 */
export function createReceiveMetrics(
  registry: Registry,
  watch = noReceiveTelemetry.watch,
): ReceiveTelemetry {
  const registers = [registry];
  /** Makes a counter. The returned function counts one event with these values of the labels. */
  const counts = (name: string, help: string, labelNames: string[] = []) => {
    const counter = new Counter({ name, help, labelNames, registers });
    return (...labels: string[]): void => counter.labels(...labels).inc();
  };
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const seconds = (name: string, help: string, buckets: number[]) => {
    const histogram = new Histogram({ name, help, buckets, registers });
    return (value: number): void => histogram.observe(value);
  };
  const connections = new Gauge({
    name: "dingtalk_stream_connections",
    help: "Connections to DingTalk's stream, 2 while one replaces the other; absent while no app reads",
    labelNames: ["instance"],
    registers,
  });
  const inFlight = gauge("dingtalk_receive_in_flight", "Messages that are with an app");
  const held = gauge(
    "dingtalk_receive_held",
    "Messages that wait in this process for a reader, for a place with the app or for an attempt",
  );
  const lastReceived = gauge(
    "dingtalk_last_received_timestamp_seconds",
    "When the last message came, in seconds since 1970; 0 before the first one",
  );
  return {
    watch,
    received: counts(
      "dingtalk_received_total",
      "Messages that DingTalk delivered, copies included, by what became of them",
      ["instance", "via", "outcome"],
    ),
    callbackRefused: counts(
      "dingtalk_callbacks_refused_total",
      "HTTP callbacks that were refused before they reached an app",
      ["reason"],
    ),
    handled: counts(
      "dingtalk_handled_total",
      "Messages that had their end, by what the app did with them",
      ["instance", "outcome"],
    ),
    appAttempt: counts(
      "dingtalk_app_attempts_total",
      "Hand-overs of messages to an app, by how they ended",
      ["outcome"],
    ),
    answer: counts(
      "dingtalk_answers_total",
      "Answers of the app that were to be said in a conversation, by what became of them",
      ["instance", "outcome"],
    ),
    streamConnections: (instance, count) => {
      if (count === undefined) connections.remove({ instance });
      else connections.set({ instance }, count);
    },
    streamReconnect: counts(
      "dingtalk_stream_reconnects_total",
      "How often a stream connected again, by the reason",
      ["reason"],
    ),
    acknowledged: seconds(
      "dingtalk_ack_seconds",
      "How long after its receipt a message was acknowledged to DingTalk",
      ackBuckets,
    ),
    handledIn: seconds(
      "dingtalk_handle_seconds",
      "How long an app took to answer a message, late answers included",
      handleBuckets,
    ),
    load: (counted) => {
      inFlight.set(counted.inFlight);
      held.set(counted.held);
    },
    lastReceived: (timeMs) => lastReceived.set(timeMs / 1000),
    overQuota: counts(
      "dingtalk_over_quota_total",
      "Messages that came without content, because the organisation's monthly quota is used up",
      ["instance"],
    ),
    forgotten: counts(
      "dingtalk_forgotten_messages_total",
      "Messages that this process forgot before their time, because it remembers 10,000 at most",
    ),
    answerForgotten: counts(
      "dingtalk_forgotten_answers_total",
      "Late answers that this process waits for no more, because it waits for 1,000 at most",
    ),
    unclaimed: counts(
      "dingtalk_unclaimed_messages_total",
      "Messages that were handed over without a claim, because Redis was away",
      ["instance"],
    ),
  };
}
