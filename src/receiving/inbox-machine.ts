import type { Claim, InboxEffect, InboxEvent, MachineApp } from "./inbox-events.ts";
import { MessageMoves } from "./message-moves.ts";
import {
  acceptAfterMs,
  askAgainMs,
  delayMs,
  type MessagePhase,
  type OpenMessage,
  readerWaitMs,
} from "./open-message.ts";

/** With so many messages held, no other one is taken. */
export const mostHeld = 256;

/**
 * Decides what becomes of each message: `held`, `processing`, then done. It knows neither sockets
 * nor clocks: events come in with their time, effects come out.
 */
export class InboxMachine<App extends MachineApp> {
  readonly #random: () => number;
  readonly #moves = new MessageMoves<App>();
  readonly #messages = this.#moves.messages;
  #isStopping = false;

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
    this.#moves.now = now;
    this.#tryEvent(event);
    const changed = this.#messages.lookAt(now);
    for (const message of changed) this.#try(message, () => this.#passTime(message));
    for (const message of changed) this.#messages.lineUp(message, now);
    for (const app of this.#messages.changedApps) this.#fillPlaces(app);
    for (const message of this.#messages.lookAt(now)) {
      this.#try(message, () => this.#messages.schedule(message, now));
    }
    this.#messages.settle();
    return this.#moves.takeEffects();
  }

  #tryEvent(event: InboxEvent<App>): void {
    try {
      this.#apply(event);
    } catch (error) {
      this.#moves.emit({ type: "fault", error });
      if ("key" in event) this.#drop(event.key);
    }
  }

  /** A message that the program fails at leaves the inbox. The others go on. */
  #try(message: OpenMessage<App>, step: () => void): void {
    if (this.#messages.get(message.key) !== message) return;
    try {
      step();
    } catch (error) {
      this.#moves.emit({ type: "fault", error });
      this.#drop(message.key);
    }
  }

  #drop(key: string): void {
    const message = this.#messages.get(key);
    if (message !== undefined) this.#moves.letGo(message, { outcome: "stopped" });
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
        ...{ notBefore: this.#moves.now, unreadSince: isReading ? undefined : this.#moves.now },
        ...{ handedOverAt: 0, failure: "no-reader" },
      });
    }
    this.#moves.emit({ type: word, key });
  }

  #judge(key: string): "taken" | "joined" | "duplicate" | "refused" {
    if (this.#messages.get(key) !== undefined) return "joined";
    if (this.#moves.isDone(key)) return "duplicate";
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
      message.unreadSince = isReading ? undefined : (message.unreadSince ?? this.#moves.now);
      this.#messages.change(message);
    }
  }

  #claimed(key: string, claim: Claim): void {
    const message = this.#messages.get(key);
    if (message?.phase !== "claiming") return;
    if (claim === "ours") {
      message.isClaimed = true;
      const mayGo = this.#messages.bookOf(message.app).isReading && !this.#isStopping;
      if (mayGo) this.#moves.handOver(message);
      else this.#moves.free(message);
    } else if (claim === "elsewhere") this.#moves.letGo(message, { outcome: "elsewhere" });
    else {
      this.#moves.accept(message, "duplicate");
      this.#moves.remember(message);
      this.#moves.end(message, { outcome: "known" });
    }
  }

  #answered({ key, attempt }: { readonly key: string; readonly attempt: number }): void {
    const message = this.#processing(key, attempt);
    if (message === undefined) return;
    this.#moves.accept(message);
    this.#moves.finish(message, { outcome: "answered" });
  }

  #failed({ key, attempt, failure }: InboxEvent<App> & { readonly type: "failed" }): void {
    const message = this.#processing(key, attempt);
    if (message === undefined) return;
    this.#moves.free(message);
    message.failure = failure;
    if (failure === "no-reader") {
      message.attempts -= 1;
      message.unreadSince ??= this.#moves.now;
      message.notBefore = this.#moves.now + askAgainMs;
      if (message.attempts === 0) this.#moves.release(message);
      return;
    }
    if (message.attempts > message.app.settings.redeliver) {
      this.#moves.lose(message);
      return;
    }
    message.unreadSince = this.#messages.bookOf(message.app).isReading
      ? undefined
      : this.#moves.now;
    message.notBefore =
      this.#moves.now + (failure === "app-failed" ? delayMs(message.attempts, this.#random()) : 0);
  }

  /** The grace is over. Who was told nothing gets the message again from DingTalk. */
  #giveUp(): void {
    for (const message of this.#messages.all) {
      const wasHeld = message.phase === "held";
      if (wasHeld && message.isAccepted) this.#moves.lose(message);
      // Its lease ends by itself, because the app may still work on it.
      else if (!wasHeld) this.#moves.letGo(message, { outcome: "stopped" });
    }
  }

  /** The app is gone. Who was told nothing gets the message again from DingTalk. */
  #leave(app: App): void {
    for (const message of this.#messages.of(app)) {
      if (message.phase === "processing") message.failure = "stream-broke";
      if (message.isAccepted) this.#moves.lose(message);
      else this.#moves.dismiss(message, { outcome: "overflow" });
    }
  }

  #passTime(message: OpenMessage<App>): void {
    const { phase, unreadSince, handedOverAt } = message;
    if (phase === "processing") {
      if (this.#moves.now >= handedOverAt + acceptAfterMs) this.#moves.accept(message);
      if (this.#moves.now < handedOverAt + message.app.settings.handleTimeoutMs) return;
      this.#moves.accept(message);
      this.#moves.finish(message, { outcome: "unanswered" });
    } else if (phase === "held") {
      const isOver = unreadSince !== undefined && this.#moves.now >= unreadSince + readerWaitMs;
      if (this.#isStopping && !message.isAccepted)
        this.#moves.dismiss(message, { outcome: "stopped" });
      else if (isOver && message.isAccepted) this.#moves.lose(message);
      else if (isOver) this.#moves.dismiss(message, { outcome: "overflow" });
    }
  }

  /** Gives the free places of an app to the messages that wait for one, oldest first. */
  #fillPlaces(app: App): void {
    const book = this.#messages.bookOf(app);
    for (let { first } = book.ready; first !== undefined; { first } = book.ready) {
      const message = first;
      if (!book.isReading) return;
      this.#try(message, () => this.#moves.takePlace(message));
      if (book.ready.first === message) return;
    }
  }

  #processing(key: string, attempt: number): OpenMessage<App> | undefined {
    const message = this.#messages.get(key);
    const isThis = message?.phase === "processing" && message.attempts === attempt;
    return isThis ? message : undefined;
  }
}
