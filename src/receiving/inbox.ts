import type { Logger } from "pino";
import { type Clock, withinTime } from "../base/clock.ts";
import type { SharedRedis } from "../delivery/redis/redis.ts";
import { noReceiveTelemetry, type ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import { InboxEntry } from "./inbox-entry.ts";
import type { InboxEffect, InboxEnd, InboxEvent, Word } from "./inbox-events.ts";
import { InboxLog } from "./inbox-log.ts";
import { InboxMachine } from "./inbox-machine.ts";
import { LateWaits } from "./late-waits.ts";
import type { Receipt } from "./receipt.ts";
import type { ReceivedMessage } from "./received-message.ts";
import { HandOverError, type ReceivingApp } from "./receiving-app.ts";
import { Claims } from "./redis/claims.ts";
import type { Sessions } from "./sessions.ts";

/** What the {@link Inbox} needs of the process. */
export interface InboxDeps {
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly log: Logger;
  readonly telemetry?: ReceiveTelemetry | undefined;
  /** Remembers how to answer the messages. If unset, nobody does. */
  readonly sessions?: Pick<Sessions, "put"> | undefined;
}

type MessageEffect = Extract<InboxEffect<ReceivingApp>, { readonly key: string }>;

/**
 * Takes what DingTalk delivers and hands it over to the apps, each message to one app. Does what its
 * machine decides.
 */
export class Inbox {
  readonly #deps: InboxDeps;
  readonly #telemetry: ReceiveTelemetry;
  readonly #log: InboxLog;
  readonly #claims: Claims;
  readonly #lateWaits: LateWaits;
  readonly #machine: InboxMachine<ReceivingApp>;
  /** The messages without an end. */
  readonly #entries = new Map<string, InboxEntry>();
  readonly #events: InboxEvent<ReceivingApp>[] = [];
  #isBusy = false;
  /** Answers that are being said. */
  #saying = 0;
  #cancelTimer = (): void => {};
  #onIdle = (): void => {};

  constructor(deps: InboxDeps) {
    this.#deps = deps;
    this.#telemetry = deps.telemetry ?? noReceiveTelemetry;
    this.#log = new InboxLog(deps);
    this.#claims = new Claims(deps.clock);
    this.#lateWaits = new LateWaits(deps.clock, () => this.#telemetry.answerForgotten());
    this.#machine = new InboxMachine(deps.random);
  }

  /** Takes one copy of a message. */
  receive(app: ReceivingApp, message: ReceivedMessage): Receipt {
    const { clock, sessions } = this.#deps;
    const { key } = message;
    this.#telemetry.lastReceived(clock.now());
    if (message.isOverQuota) {
      this.#telemetry.overQuota(app.instance);
      this.#log.overQuota(app);
    }
    this.#guard(() => sessions?.put(app, message));
    const entry = this.#entries.get(key) ?? new InboxEntry(app, message, clock.elapsed());
    this.#entries.set(key, entry);
    this.#dispatch({ type: "received", key, app, isReading: app.isReading });
    return {
      state: () => entry.end ?? (this.#machine.phaseOf(key) === "processing" ? "with-app" : "held"),
      accepted: entry.accepted,
      answer: entry.answer,
    };
  }

  /** To be called when a Read stream of the app was opened or has ended. */
  readersChanged(app: ReceivingApp): void {
    this.#dispatch({ type: "readers", app, isReading: app.isReading });
  }

  /**
   * To be called when nobody uses the component any more. DingTalk brings the messages again that it
   * was told nothing about. The others are lost.
   */
  gone(app: ReceivingApp): void {
    this.#dispatch({ type: "gone", app });
  }

  /**
   * Takes nothing new and lets the messages that are with apps finish within the grace. The copies
   * of the others are not acknowledged.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#deps;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    this.#dispatch({ type: "stop" });
    await withinTime({ clock, timeoutMs: graceMs }, () => idle).catch(() => {});
    this.#dispatch({ type: "grace-over" });
    this.#claims.close();
    this.#lateWaits.close();
    this.#cancelTimer();
  }

  /** Events that come up while one is dealt with wait for their turn. */
  #dispatch(event: InboxEvent<ReceivingApp>): void {
    this.#events.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        this.#handle(next);
      }
    } finally {
      this.#isBusy = false;
    }
    this.#guard(() => this.#settle());
  }

  #handle(event: InboxEvent<ReceivingApp>): void {
    const now = this.#deps.clock.elapsed();
    const effects = this.#guard(() => this.#machine.handle(event, now)) ?? [];
    for (const effect of effects) this.#perform(effect);
  }

  /** A fault of one step must not stop the messages of all apps. */
  #guard<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      this.#log.internal(error);
      return undefined;
    }
  }

  #settle(): void {
    const { clock } = this.#deps;
    const { held, inFlight, nextAt } = this.#machine;
    this.#telemetry.load({ held, inFlight });
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    if (nextAt !== undefined) {
      const delayMs = Math.max(nextAt - clock.elapsed(), 0);
      this.#cancelTimer = clock.after(delayMs, () => this.#dispatch({ type: "tick" }));
    }
    if (this.#entries.size === 0 && this.#saying === 0) this.#onIdle();
  }

  #perform(effect: InboxEffect<ReceivingApp>): void {
    if (effect.type === "forgot") this.#telemetry.forgotten();
    else if (effect.type === "fault") this.#log.internal(effect.error);
    else {
      const entry = this.#entries.get(effect.key);
      if (entry !== undefined) this.#tryFor(entry, effect);
    }
  }

  #tryFor(entry: InboxEntry, effect: MessageEffect): void {
    try {
      this.#performFor(entry, effect);
    } catch (error) {
      this.#log.internal(error);
      this.#events.push({ type: "fault", key: effect.key });
    }
  }

  #performFor(entry: InboxEntry, effect: MessageEffect): void {
    switch (effect.type) {
      case "taken":
        entry.watch = this.#telemetry.watch(watched(entry));
        break;
      case "joined":
        this.#count(entry, "duplicate");
        break;
      case "duplicate":
        this.#tell(entry, effect.type);
        this.#remove(entry, "done");
        break;
      case "refused":
        this.#count(entry, "overflow");
        this.#tell(entry, effect.type);
        this.#remove(entry, "overflow");
        break;
      case "tell":
        this.#tell(entry, effect.word);
        break;
      case "hand-over":
        void this.#handOver(entry, effect.attempt);
        break;
      case "claim":
        this.#claim(entry);
        break;
      case "release":
        this.#claims.release(entry.app.redis, effect.key);
        break;
      case "settle":
        this.#claims.settle(entry.app.redis, effect.key, effect.rememberForMs);
        break;
      case "end":
        this.#end(entry, effect.end);
        break;
    }
  }

  #tell(entry: InboxEntry, word: Word): void {
    if (word !== "refused") this.#count(entry, word);
    if (word === "accepted") {
      this.#telemetry.acknowledged((this.#deps.clock.elapsed() - entry.receivedAt) / 1000);
    }
    entry.tell(word !== "refused");
  }

  #claim(entry: InboxEntry): void {
    const { redis } = entry.app;
    const { key } = entry.message;
    // Without a Redis nobody has to be asked, and no message waits for a turn of the event loop.
    if (redis === undefined) this.#dispatch({ type: "claimed", key, claim: "ours" });
    else void this.#claimAt(redis, entry);
  }

  async #claimAt(redis: SharedRedis, entry: InboxEntry): Promise<void> {
    const { app, message } = entry;
    const { key } = message;
    const claim = await this.#claims.take(redis, key).catch((error: unknown) => {
      this.#log.internal(error);
      return undefined;
    });
    // The app may have gone meanwhile. A claim that is left would keep the message from others.
    if (entry.end !== undefined) {
      this.#claims.release(redis, key);
      return;
    }
    if (claim === undefined) this.#telemetry.unclaimed(app.instance);
    this.#dispatch({ type: "claimed", key, claim: claim ?? "ours" });
  }

  async #handOver(entry: InboxEntry, attempt: number): Promise<void> {
    const { clock } = this.#deps;
    const handedOverAt = clock.elapsed();
    entry.begin(attempt, (outcome) => this.#telemetry.appAttempt(outcome));
    const { wait } = entry;
    try {
      const body = await this.#callApp(entry, attempt);
      this.#telemetry.handledIn((clock.elapsed() - handedOverAt) / 1000);
      this.#answered(entry, attempt, body);
    } catch (error) {
      if (!wait.isOver.aborted) this.#failed(entry, attempt, error);
    } finally {
      this.#lateWaits.remove(wait);
    }
  }

  /** Not async: an async function would keep the message for as long as it waits. */
  #callApp({ app, message, watch, wait }: InboxEntry, attempt: number): Promise<Buffer> {
    const { traceparent } = watch;
    const { isLate, isOver } = wait;
    return app.handOver(message, attempt, { traceparent, isLate, isOver });
  }

  #answered(entry: InboxEntry, attempt: number, body: Buffer): void {
    const isLate = entry.end !== undefined;
    entry.endAttempt("answered");
    entry.resolveAnswer(body);
    this.#saying += 1;
    void this.#say(entry, body, isLate);
    this.#dispatch({ type: "answered", key: entry.message.key, attempt });
  }

  async #say({ app, message, watch }: InboxEntry, body: Buffer, isLate: boolean): Promise<void> {
    const isSaid = watch.answers();
    try {
      const kind = await app.answered(message, body);
      // A late answer belongs to a message that was counted as unanswered.
      if (!isLate) this.#telemetry.handled(app.instance, kind);
      if (!isLate) watch.ends(kind);
    } catch (error) {
      this.#log.internal(error);
    } finally {
      isSaid();
      this.#saying -= 1;
      this.#guard(() => this.#settle());
    }
  }

  #failed(entry: InboxEntry, attempt: number, error: unknown): void {
    const { app, message } = entry;
    if (!(error instanceof HandOverError)) {
      this.#deps.log.error({ err: error, instance: app.instance }, "a hand-over failed");
    }
    const failure = error instanceof HandOverError ? error.failure : "app-failed";
    entry.endAttempt(failure === "app-failed" ? "failed" : failure);
    this.#dispatch({ type: "readers", app, isReading: app.isReading });
    this.#dispatch({ type: "failed", key: message.key, attempt, failure });
  }

  #end(entry: InboxEntry, end: InboxEnd): void {
    const { app, watch } = entry;
    const { outcome } = end;
    if (outcome === "lost") this.#log.lost(entry, end.failure);
    if (outcome === "unanswered") this.#waitOn(entry);
    if (outcome === "overflow") this.#count(entry, outcome);
    if (outcome === "lost" || outcome === "unanswered") {
      this.#telemetry.handled(app.instance, outcome);
    }
    // The watch of an answered message ends when its answer was said.
    if (outcome !== "answered") watch.ends(outcome);
    const isGone = outcome === "overflow" || outcome === "stopped";
    this.#remove(entry, isGone ? "overflow" : outcome === "elsewhere" ? outcome : "done");
  }

  /** The app may still answer, and its answer can be said while the session lives. */
  #waitOn(entry: InboxEntry): void {
    entry.endAttempt("unanswered");
    entry.slim();
    this.#lateWaits.add(entry.wait, entry.message.session);
  }

  #remove(entry: InboxEntry, state: "done" | "overflow" | "elsewhere"): void {
    entry.end = state;
    entry.resolveAnswer(undefined);
    this.#entries.delete(entry.message.key);
  }

  #count({ app, message }: InboxEntry, outcome: "accepted" | "duplicate" | "overflow"): void {
    this.#telemetry.received(app.instance, message.via, outcome);
  }
}

function watched({ app, message }: InboxEntry) {
  return { instance: app.instance, via: message.via, msgtype: message.msgtype };
}
