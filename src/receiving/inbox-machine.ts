import { DoneKeys } from "./done-keys.ts";
import type { Claim, InboxEffect, InboxEnd, InboxEvent, MachineApp } from "./inbox-events.ts";
import {
  acceptAfterMs,
  askAgainMs,
  delayMs,
  type MessagePhase,
  type OpenMessage,
  readerWaitMs,
} from "./open-message.ts";
import { OpenMessages } from "./open-messages.ts";

/** With so many messages held, no other one is taken. */
export const mostHeld = 256;

/**
 * Decides what becomes of each message: `held`, `processing`, then done. It knows neither sockets
 * nor clocks: events come in with their time, effects come out.
 */
export class InboxMachine<App extends MachineApp> {
  readonly #random: () => number;
  readonly #messages = new OpenMessages<App>();
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
    return this.#messages.held;
  }

  /** How many messages are with the apps. */
  get inFlight(): number {
    return this.#messages.inFlight;
  }

  /** Where a message without an end is. */
  phaseOf(key: string): MessagePhase | undefined {
    return this.#messages.get(key)?.phase;
  }

  /** When a `tick` is needed at the latest; undefined if no message waits for time to go by. */
  get nextAt(): number | undefined {
    return this.#messages.nextAt;
  }

  /** @param now milliseconds on a monotonic clock */
  handle(event: InboxEvent<App>, now: number): readonly InboxEffect<App>[] {
    this.#now = now;
    this.#tryEvent(event);
    const changed = this.#messages.lookAt(now);
    for (const message of changed) this.#try(message, () => this.#passTime(message));
    for (const message of changed) this.#messages.lineUp(message, now);
    for (const app of this.#messages.changedApps) this.#fillPlaces(app);
    for (const message of this.#messages.lookAt(now)) {
      this.#try(message, () => this.#messages.schedule(message, now));
    }
    this.#messages.settle();
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #tryEvent(event: InboxEvent<App>): void {
    try {
      this.#apply(event);
    } catch (error) {
      this.#emit({ type: "fault", error });
      if ("key" in event) this.#drop(event.key);
    }
  }

  /** A message that the program fails at leaves the inbox. The others go on. */
  #try(message: OpenMessage<App>, step: () => void): void {
    if (this.#messages.get(message.key) !== message) return;
    try {
      step();
    } catch (error) {
      this.#emit({ type: "fault", error });
      this.#drop(message.key);
    }
  }

  #drop(key: string): void {
    const message = this.#messages.get(key);
    if (message !== undefined) this.#letGo(message, { outcome: "stopped" });
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
        for (const message of this.#messages.all) this.#messages.change(message);
        break;
      case "fault":
        this.#drop(event.key);
        break;
      case "grace-over":
        this.#giveUp();
        break;
      case "tick":
    }
  }

  #receive({ key, app, isReading }: InboxEvent<App> & { readonly type: "received" }): void {
    this.#setReading(app, isReading);
    const word = this.#judge(key);
    if (word === "taken") {
      this.#messages.add({
        ...{ key, app, attempts: 0, isAccepted: false, isClaimed: false },
        ...{ notBefore: this.#now, unreadSince: isReading ? undefined : this.#now },
        ...{ handedOverAt: 0, failure: "no-reader" },
      });
    }
    this.#emit({ type: word, key });
  }

  #judge(key: string): "taken" | "joined" | "duplicate" | "refused" {
    if (this.#messages.get(key) !== undefined) return "joined";
    if (this.#done.has(key, this.#now)) return "duplicate";
    if (this.#isStopping) return "refused";
    // A free place does not count: an app that fails at once has one at any time.
    return this.held < mostHeld ? "taken" : "refused";
  }

  #setReading(app: App, isReading: boolean): void {
    const book = this.#messages.bookOf(app);
    if (book.isReading === isReading) return;
    book.isReading = isReading;
    this.#messages.changeApp(app);
    for (const message of this.#messages.of(app)) {
      message.unreadSince = isReading ? undefined : (message.unreadSince ?? this.#now);
      this.#messages.change(message);
    }
  }

  #claimed(key: string, claim: Claim): void {
    const message = this.#messages.get(key);
    if (message?.phase !== "claiming") return;
    if (claim === "ours") {
      message.isClaimed = true;
      const mayGo = this.#messages.bookOf(message.app).isReading && !this.#isStopping;
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
    message.unreadSince = this.#messages.bookOf(message.app).isReading ? undefined : this.#now;
    message.notBefore =
      this.#now + (failure === "app-failed" ? delayMs(message.attempts, this.#random()) : 0);
  }

  /** The grace is over. Who was told nothing gets the message again from DingTalk. */
  #giveUp(): void {
    for (const message of this.#messages.all) {
      const wasHeld = message.phase === "held";
      if (wasHeld && message.isAccepted) this.#lose(message);
      // Its lease ends by itself, because the app may still work on it.
      else if (!wasHeld) this.#letGo(message, { outcome: "stopped" });
    }
  }

  /** The app is gone. Who was told nothing gets the message again from DingTalk. */
  #leave(app: App): void {
    for (const message of this.#messages.of(app)) {
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

  /** Gives the free places of an app to the messages that wait for one, oldest first. */
  #fillPlaces(app: App): void {
    const book = this.#messages.bookOf(app);
    for (let { first } = book.ready; first !== undefined; { first } = book.ready) {
      const message = first;
      if (!book.isReading) return;
      this.#try(message, () => this.#takePlace(message));
      if (book.ready.first === message) return;
    }
  }

  #takePlace(message: OpenMessage<App>): void {
    const { inFlight, ready } = this.#messages.bookOf(message.app);
    if (inFlight >= message.app.settings.maxInFlight) return;
    ready.delete(message);
    this.#messages.move(message, "claiming");
    if (message.isClaimed) this.#handOver(message);
    else this.#emit({ type: "claim", key: message.key });
  }

  /** Uses the place with the app that the message has. */
  #handOver(message: OpenMessage<App>): void {
    this.#messages.move(message, "processing");
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
    this.#messages.remove(message);
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
    this.#messages.move(message, "held");
  }

  #processing(key: string, attempt: number): OpenMessage<App> | undefined {
    const message = this.#messages.get(key);
    const isThis = message?.phase === "processing" && message.attempts === attempt;
    return isThis ? message : undefined;
  }

  #emit(effect: InboxEffect<App>): void {
    this.#effects.push(effect);
  }
}
