import { DoneKeys } from "./done-keys.ts";
import type { InboxEffect, InboxEnd, MachineApp } from "./inbox-events.ts";
import type { OpenMessage } from "./open-message.ts";
import { OpenMessages } from "./open-messages.ts";

/**
 * The moves of messages from one state to the next, each with its effects. Which move a message makes
 * is decided by the machine.
 */
export class MessageMoves<App extends MachineApp> {
  readonly messages = new OpenMessages<App>();
  /** Milliseconds on a monotonic clock. */
  now = 0;
  readonly #done = new DoneKeys();
  #effects: InboxEffect<App>[] = [];

  /** Whether a message with this key had its end. */
  isDone(key: string): boolean {
    return this.#done.has(key, this.now);
  }

  /** The effects since the last call. */
  takeEffects(): readonly InboxEffect<App>[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Notes an effect. */
  emit(effect: InboxEffect<App>): void {
    this.#effects.push(effect);
  }

  /** Claims a free place with the app for a message that waits for one. */
  takePlace(message: OpenMessage<App>): void {
    const { inFlight, ready } = this.messages.bookOf(message.app);
    if (inFlight >= message.app.settings.maxInFlight) return;
    ready.delete(message);
    this.messages.move(message, "claiming");
    if (message.isClaimed) this.handOver(message);
    else this.emit({ type: "claim", key: message.key });
  }

  /** Uses the place with the app that the message has. */
  handOver(message: OpenMessage<App>): void {
    this.messages.move(message, "processing");
    message.attempts += 1;
    message.handedOverAt = this.now;
    const { key, app, attempts: attempt } = message;
    this.emit({ type: "hand-over", key, app, attempt });
  }

  /** The app got no chance to take the message, and gets none any more. */
  lose(message: OpenMessage<App>): void {
    this.accept(message);
    this.finish(message, { outcome: "lost", failure: message.failure });
  }

  /** DingTalk has to bring the message again, so no trace of it is kept. */
  dismiss(message: OpenMessage<App>, end: InboxEnd): void {
    this.release(message);
    this.letGo(message, end);
  }

  /** Ends a message that this process does not finish. */
  letGo(message: OpenMessage<App>, end: InboxEnd): void {
    if (!message.isAccepted) this.emit({ type: "tell", key: message.key, word: "refused" });
    this.end(message, end);
  }

  /** Ends a message for good. All replicas recognise later copies of it. */
  finish(message: OpenMessage<App>, end: InboxEnd): void {
    const { rememberForMs } = message.app.settings;
    this.emit({ type: "settle", key: message.key, rememberForMs });
    this.remember(message);
    this.end(message, end);
  }

  /** Knows later copies of the message for as long as its app wants. */
  remember({ key, app }: OpenMessage<App>): void {
    const forgetAt = this.now + app.settings.rememberForMs;
    if (this.#done.add(key, forgetAt, this.now)) this.emit({ type: "forgot" });
  }

  /** Takes a message out. */
  end(message: OpenMessage<App>, end: InboxEnd): void {
    this.messages.remove(message);
    this.emit({ type: "end", key: message.key, end });
  }

  /** Tells the copies, once, that DingTalk may forget the message. */
  accept(message: OpenMessage<App>, word: "accepted" | "duplicate" = "accepted"): void {
    if (message.isAccepted) return;
    message.isAccepted = true;
    this.emit({ type: "tell", key: message.key, word });
  }

  /** Gives the claim back, if the message has one. */
  release(message: OpenMessage<App>): void {
    if (message.isClaimed) this.emit({ type: "release", key: message.key });
    message.isClaimed = false;
  }

  /** Gives the place with the app back, if the message has one. */
  free(message: OpenMessage<App>): void {
    this.messages.move(message, "held");
  }
}
