import { DoneKeys } from "./done-keys.ts";
import type { Claim, InboxEffect, InboxEnd, InboxEvent, MachineApp } from "./inbox-events.ts";
import {
  acceptAfterMs,
  askAgainMs,
  delayMs,
  type MessagePhase,
  type OpenMessage,
  readerWaitMs,
  timesOf,
} from "./open-message.ts";

interface AppState {
  isReading: boolean;
  /** Places with the app that are taken: messages in `claiming` and `processing`. */
  inFlight: number;
}

/** Messages that may be held when another one comes. */
export const mostHeld = 256;

/**
 * Decides what becomes of each message: `held`, `processing`, then done. It knows neither sockets
 * nor clocks: events come in with their time, effects come out.
 */
export class InboxMachine<App extends MachineApp> {
  readonly #random: () => number;
  /** Messages without an end, oldest first. */
  readonly #messages = new Map<string, OpenMessage<App>>();
  readonly #apps = new Map<App, AppState>();
  readonly #done = new DoneKeys();
  #isStopping = false;
  #now = 0;
  #effects: InboxEffect<App>[] = [];

  /** @param random at least 0, less than 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** How many messages wait in this process. */
  get held(): number {
    return this.#count((phase) => phase === "held");
  }

  /** How many messages are with the apps. */
  get inFlight(): number {
    return this.#count((phase) => phase !== "held");
  }

  /** Where a message without an end is. */
  phaseOf(key: string): MessagePhase | undefined {
    return this.#messages.get(key)?.phase;
  }

  /** When a `tick` is needed at the latest; undefined if no message waits for time to go by. */
  get nextAt(): number | undefined {
    const times = [...this.#messages.values()].flatMap((message) => timesOf(message, this.#now));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** @param now milliseconds on a monotonic clock */
  handle(event: InboxEvent<App>, now: number): readonly InboxEffect<App>[] {
    this.#now = now;
    this.#apply(event);
    for (const message of [...this.#messages.values()]) this.#passTime(message);
    for (const message of [...this.#messages.values()]) this.#advance(message);
    this.#forgetIdleApps();
    return this.#takeEffects();
  }

  /** What was decided before a fault is still to be done after it. */
  #takeEffects(): readonly InboxEffect<App>[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #apply(event: InboxEvent<App>): void {
    switch (event.type) {
      case "received":
        this.#receive(event);
        break;
      case "readers":
        this.#setReading(event.app, event.isReading);
        break;
      case "gone":
        this.#leave(event.app);
        break;
      case "claimed":
        this.#claimed(event.key, event.claim);
        break;
      case "answered":
        this.#answered(event);
        break;
      case "failed":
        this.#failed(event);
        break;
      case "stop":
        this.#isStopping = true;
        break;
      case "grace-over":
        this.#giveUp();
        break;
      case "tick":
    }
  }

  #receive({ key, app, isReading }: InboxEvent<App> & { readonly type: "received" }): void {
    this.#setReading(app, isReading);
    const word = this.#judge(key, app);
    if (word === "taken") {
      this.#messages.set(key, {
        ...{ key, app, phase: "held", attempts: 0, isAccepted: false, isClaimed: false },
        ...{ notBefore: this.#now, unreadSince: isReading ? undefined : this.#now },
        ...{ handedOverAt: 0, failure: "no-reader" },
      });
    }
    this.#emit({ type: word, key });
  }

  #judge(key: string, app: App): "taken" | "joined" | "duplicate" | "refused" {
    if (this.#messages.has(key)) return "joined";
    if (this.#done.has(key, this.#now)) return "duplicate";
    if (this.#isStopping) return "refused";
    return this.#hasPlace(app) || this.held < mostHeld ? "taken" : "refused";
  }

  #setReading(app: App, isReading: boolean): void {
    const state = this.#stateOf(app);
    if (state.isReading === isReading) return;
    state.isReading = isReading;
    for (const message of this.#messages.values()) {
      if (message.app !== app) continue;
      message.unreadSince = isReading ? undefined : (message.unreadSince ?? this.#now);
    }
  }

  #claimed(key: string, claim: Claim): void {
    const message = this.#messages.get(key);
    if (message?.phase !== "claiming") return;
    if (claim === "ours") {
      message.isClaimed = true;
      const mayGo = this.#stateOf(message.app).isReading && !this.#isStopping;
      if (mayGo) this.#handOver(message);
      else this.#free(message);
    } else if (claim === "elsewhere") this.#letGo(message, { outcome: "elsewhere" });
    else {
      this.#accept(message, "duplicate");
      this.#remember(message);
      this.#end(message, { outcome: "known" });
    }
  }

  #answered({ key, attempt }: { readonly key: string; readonly attempt: number }): void {
    const message = this.#processing(key, attempt);
    if (message === undefined) return;
    this.#accept(message);
    this.#finish(message, { outcome: "answered" });
  }

  #failed({ key, attempt, failure }: InboxEvent<App> & { readonly type: "failed" }): void {
    const message = this.#processing(key, attempt);
    if (message === undefined) return;
    this.#free(message);
    message.failure = failure;
    if (failure === "no-reader") {
      message.attempts -= 1;
      message.unreadSince ??= this.#now;
      message.notBefore = this.#now + askAgainMs;
      if (message.attempts === 0) this.#release(message);
      return;
    }
    if (message.attempts > message.app.settings.redeliver) {
      this.#lose(message);
      return;
    }
    message.unreadSince = this.#stateOf(message.app).isReading ? undefined : this.#now;
    message.notBefore =
      this.#now + (failure === "app-failed" ? delayMs(message.attempts, this.#random()) : 0);
  }

  /** The grace is over. Who was told nothing gets the message again from DingTalk. */
  #giveUp(): void {
    for (const message of [...this.#messages.values()]) {
      const wasHeld = message.phase === "held";
      if (wasHeld && message.isAccepted) this.#lose(message);
      // Its lease ends by itself, because the app may still work on it.
      else if (!wasHeld) this.#letGo(message, { outcome: "stopped" });
    }
  }

  /** The app is gone. Who was told nothing gets the message again from DingTalk. */
  #leave(app: App): void {
    for (const message of [...this.#messages.values()]) {
      if (message.app !== app) continue;
      if (message.phase === "processing") message.failure = "stream-broke";
      if (message.isAccepted) this.#lose(message);
      else this.#dismiss(message, { outcome: "overflow" });
    }
  }

  #passTime(message: OpenMessage<App>): void {
    const { phase, unreadSince, handedOverAt } = message;
    if (phase === "processing") {
      if (this.#now >= handedOverAt + acceptAfterMs) this.#accept(message);
      if (this.#now < handedOverAt + message.app.settings.handleTimeoutMs) return;
      this.#accept(message);
      this.#finish(message, { outcome: "unanswered" });
    } else if (phase === "held") {
      const isOver = unreadSince !== undefined && this.#now >= unreadSince + readerWaitMs;
      if (this.#isStopping && !message.isAccepted) this.#dismiss(message, { outcome: "stopped" });
      else if (isOver && message.isAccepted) this.#lose(message);
      else if (isOver) this.#dismiss(message, { outcome: "overflow" });
    }
  }

  /** Takes the next step to the app if there is a place. */
  #advance(message: OpenMessage<App>): void {
    if (message.phase !== "held" || message.notBefore > this.#now) return;
    const state = this.#stateOf(message.app);
    if (!this.#hasPlace(message.app)) return;
    state.inFlight += 1;
    if (!message.isClaimed) {
      message.phase = "claiming";
      this.#emit({ type: "claim", key: message.key });
    } else this.#handOver(message);
  }

  /** Uses the place with the app that the message has. */
  #handOver(message: OpenMessage<App>): void {
    message.phase = "processing";
    message.attempts += 1;
    message.handedOverAt = this.#now;
    const { key, app, attempts: attempt } = message;
    this.#emit({ type: "hand-over", key, app, attempt });
  }

  #lose(message: OpenMessage<App>): void {
    this.#accept(message);
    this.#finish(message, { outcome: "lost", failure: message.failure });
  }

  /** DingTalk has to bring the message again, so no trace of it is kept. */
  #dismiss(message: OpenMessage<App>, end: InboxEnd): void {
    this.#release(message);
    this.#letGo(message, end);
  }

  #letGo(message: OpenMessage<App>, end: InboxEnd): void {
    if (!message.isAccepted) this.#emit({ type: "tell", key: message.key, word: "refused" });
    this.#end(message, end);
  }

  #finish(message: OpenMessage<App>, end: InboxEnd): void {
    const { rememberForMs } = message.app.settings;
    this.#emit({ type: "settle", key: message.key, rememberForMs });
    this.#remember(message);
    this.#end(message, end);
  }

  #remember({ key, app }: OpenMessage<App>): void {
    const forgetAt = this.#now + app.settings.rememberForMs;
    if (this.#done.add(key, forgetAt, this.#now)) this.#emit({ type: "forgot" });
  }

  #end(message: OpenMessage<App>, end: InboxEnd): void {
    this.#free(message);
    this.#messages.delete(message.key);
    this.#emit({ type: "end", key: message.key, end });
  }

  #accept(message: OpenMessage<App>, word: "accepted" | "duplicate" = "accepted"): void {
    if (message.isAccepted) return;
    message.isAccepted = true;
    this.#emit({ type: "tell", key: message.key, word });
  }

  #release(message: OpenMessage<App>): void {
    if (message.isClaimed) this.#emit({ type: "release", key: message.key });
    message.isClaimed = false;
  }

  /** Gives the place with the app back, if the message has one. */
  #free(message: OpenMessage<App>): void {
    if (message.phase !== "held") this.#stateOf(message.app).inFlight -= 1;
    message.phase = "held";
  }

  #processing(key: string, attempt: number): OpenMessage<App> | undefined {
    const message = this.#messages.get(key);
    const isThis = message?.phase === "processing" && message.attempts === attempt;
    return isThis ? message : undefined;
  }

  #hasPlace(app: App): boolean {
    const { isReading, inFlight } = this.#stateOf(app);
    return isReading && inFlight < app.settings.maxInFlight;
  }

  #stateOf(app: App): AppState {
    const state = this.#apps.get(app) ?? { isReading: false, inFlight: 0 };
    this.#apps.set(app, state);
    return state;
  }

  /** Every event of an app tells whether it reads, so an app without messages needs no state. */
  #forgetIdleApps(): void {
    const busy = new Set([...this.#messages.values()].map(({ app }) => app));
    for (const app of this.#apps.keys()) if (!busy.has(app)) this.#apps.delete(app);
  }

  #count(isCounted: (phase: MessagePhase) => boolean): number {
    return [...this.#messages.values()].filter(({ phase }) => isCounted(phase)).length;
  }

  #emit(effect: InboxEffect<App>): void {
    this.#effects.push(effect);
  }
}
