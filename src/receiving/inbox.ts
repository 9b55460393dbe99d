import type { Logger } from "pino";
import { type Clock, withinTime } from "../base/clock.ts";
import type { SharedRedis } from "../delivery/redis/redis.ts";
import { noReceiveTelemetry, type ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import { HandOvers } from "./hand-overs.ts";
import { InboxEntry } from "./inbox-entry.ts";
import type { InboxEffect, InboxEnd, InboxEvent, Word } from "./inbox-events.ts";
import { InboxLog } from "./inbox-log.ts";
import { InboxMachine } from "./inbox-machine.ts";
import type { Receipt } from "./receipt.ts";
import type { ReceivedMessage } from "./received-message.ts";
import type { ReceivingApp } from "./receiving-app.ts";
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
  readonly #handOvers: HandOvers;
  readonly #machine: InboxMachine<ReceivingApp>;
  /** The messages without an end. */
  readonly #entries = new Map<string, InboxEntry>();
  readonly #events: InboxEvent<ReceivingApp>[] = [];
  #isBusy = false;
  #cancelTimer = (): void => {};
  #onIdle = (): void => {};

  constructor(deps: InboxDeps) {
    this.#deps = deps;
    this.#telemetry = deps.telemetry ?? noReceiveTelemetry;
    this.#log = new InboxLog(deps);
    this.#claims = new Claims(deps.clock);
    this.#handOvers = new HandOvers({
      ...{ clock: deps.clock, log: this.#log, telemetry: this.#telemetry },
      dispatch: (event) => this.#dispatch(event),
      onSaid: () => void this.#guard(() => this.#settle()),
    });
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
    this.#handOvers.close();
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
    if (this.#entries.size === 0 && this.#handOvers.saying === 0) this.#onIdle();
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
        void this.#handOvers.begin(entry, effect.attempt);
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

  #end(entry: InboxEntry, end: InboxEnd): void {
    const { app, watch } = entry;
    const { outcome } = end;
    if (outcome === "lost") this.#log.lost(entry, end.failure);
    if (outcome === "unanswered") this.#handOvers.giveUp(entry);
    if (outcome === "overflow") this.#count(entry, outcome);
    if (outcome === "lost" || outcome === "unanswered") {
      this.#telemetry.handled(app.instance, outcome);
    }
    // The watch of an answered message ends when its answer was said.
    if (outcome !== "answered") watch.ends(outcome);
    const isGone = outcome === "overflow" || outcome === "stopped";
    this.#remove(entry, isGone ? "overflow" : outcome === "elsewhere" ? outcome : "done");
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
