import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import {
  type AnswerOutcome,
  type AttemptOutcome,
  type HandledOutcome,
  noReceiveTelemetry,
  type ReceivedOutcome,
  type ReceiveTelemetry,
  type ReconnectReason,
} from "./receive-telemetry.ts";

/** Bounds in seconds, around the 2.5 s after which a message is accepted at the latest. */
const ackBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 3, 5, 10, 60, 120];
/** Bounds in seconds, up to the longest `handleTimeout` of 90 minutes. */
const handleBuckets = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 5400];

/** Metrics of what is received, for Prometheus. Their names are stable. */
export class ReceiveMetrics implements ReceiveTelemetry {
  readonly watch: ReceiveTelemetry["watch"];
  readonly #registry: Registry;
  readonly #received;
  readonly #callbacksRefused;
  readonly #handled;
  readonly #attempts;
  readonly #answers;
  readonly #connections;
  readonly #reconnects;
  readonly #ackSeconds;
  readonly #handleSeconds;
  readonly #inFlight;
  readonly #held;
  readonly #lastReceived;
  readonly #overQuota;
  readonly #forgotten;
  readonly #answersForgotten;
  readonly #unclaimed;

  /** @param watch watches each message, for traces */
  constructor(registry: Registry, watch = noReceiveTelemetry.watch) {
    this.watch = watch;
    this.#registry = registry;
    this.#received = this.#counter(
      "dingtalk_received_total",
      "Messages that DingTalk delivered, copies included, by what became of them",
      ["instance", "via", "outcome"],
    );
    this.#callbacksRefused = this.#counter(
      "dingtalk_callbacks_refused_total",
      "HTTP callbacks that were refused before they reached an app",
      ["reason"],
    );
    this.#handled = this.#counter(
      "dingtalk_handled_total",
      "Messages that had their end, by what the app did with them",
      ["instance", "outcome"],
    );
    this.#attempts = this.#counter(
      "dingtalk_app_attempts_total",
      "Hand-overs of messages to an app, by how they ended",
      ["outcome"],
    );
    this.#answers = this.#counter(
      "dingtalk_answers_total",
      "Answers of the app that were to be said in a conversation, by what became of them",
      ["instance", "outcome"],
    );
    this.#connections = this.#gauge(
      "dingtalk_stream_connections",
      "Connections to DingTalk's stream, 2 while one replaces the other; absent while no app reads",
      ["instance"],
    );
    this.#reconnects = this.#counter(
      "dingtalk_stream_reconnects_total",
      "How often a stream connected again, by the reason",
      ["reason"],
    );
    this.#ackSeconds = this.#histogram(
      "dingtalk_ack_seconds",
      "How long after its receipt a message was acknowledged to DingTalk",
      ackBuckets,
    );
    this.#handleSeconds = this.#histogram(
      "dingtalk_handle_seconds",
      "How long an app took to answer a message, late answers included",
      handleBuckets,
    );
    this.#inFlight = this.#gauge("dingtalk_receive_in_flight", "Messages that are with an app", []);
    this.#held = this.#gauge(
      "dingtalk_receive_held",
      "Messages that wait in this process for a reader, for a place with the app or for an attempt",
      [],
    );
    this.#lastReceived = this.#gauge(
      "dingtalk_last_received_timestamp_seconds",
      "When the last message came, in seconds since 1970; 0 before the first one",
      [],
    );
    this.#overQuota = this.#counter(
      "dingtalk_over_quota_total",
      "Messages that came without content, because the organisation's monthly quota is used up",
      ["instance"],
    );
    this.#forgotten = this.#counter(
      "dingtalk_forgotten_messages_total",
      "Messages that this process forgot before their time, because it remembers 10,000 at most",
      [],
    );
    this.#answersForgotten = this.#counter(
      "dingtalk_forgotten_answers_total",
      "Late answers that this process waits for no more, because it waits for 1,000 at most",
      [],
    );
    this.#unclaimed = this.#counter(
      "dingtalk_unclaimed_messages_total",
      "Messages that were handed over without a claim, because Redis was away",
      ["instance"],
    );
  }

  received(instance: string, via: "http" | "stream", outcome: ReceivedOutcome): void {
    this.#received.inc({ instance, via, outcome });
  }

  callbackRefused(reason: string): void {
    this.#callbacksRefused.inc({ reason });
  }

  handled(instance: string, outcome: HandledOutcome): void {
    this.#handled.inc({ instance, outcome });
  }

  appAttempt(outcome: AttemptOutcome): void {
    this.#attempts.inc({ outcome });
  }

  answer(instance: string, outcome: AnswerOutcome): void {
    this.#answers.inc({ instance, outcome });
  }

  streamConnections(instance: string, count: number | undefined): void {
    if (count === undefined) this.#connections.remove({ instance });
    else this.#connections.set({ instance }, count);
  }

  streamReconnect(reason: ReconnectReason): void {
    this.#reconnects.inc({ reason });
  }

  acknowledged(seconds: number): void {
    this.#ackSeconds.observe(seconds);
  }

  handledIn(seconds: number): void {
    this.#handleSeconds.observe(seconds);
  }

  load({ inFlight, held }: { readonly inFlight: number; readonly held: number }): void {
    this.#inFlight.set(inFlight);
    this.#held.set(held);
  }

  lastReceived(timeMs: number): void {
    this.#lastReceived.set(timeMs / 1000);
  }

  overQuota(instance: string): void {
    this.#overQuota.inc({ instance });
  }

  forgotten(): void {
    this.#forgotten.inc();
  }

  answerForgotten(): void {
    this.#answersForgotten.inc();
  }

  unclaimed(instance: string): void {
    this.#unclaimed.inc({ instance });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.#registry] });
  }
}
