import { PriorityQueue } from "../base/priority-queue.ts";
import type { MachineApp } from "./inbox-events.ts";
import { type MessagePhase, type OpenMessage, timesOf } from "./open-message.ts";

/** What is known of one app that has messages, or tells of its readers. */
interface AppBook<App> {
  isReading: boolean;
  /** Places with the app that are taken: messages in `claiming` and `processing`. */
  inFlight: number;
  readonly messages: Set<OpenMessage<App>>;
  /** Messages that may go to the app as soon as it has a place, oldest first. */
  readonly ready: PriorityQueue<OpenMessage<App>>;
}

/**
 * The messages without an end, counted and in their orders. Notes which messages an event changed,
 * so that no event has to look at the others.
 */
export class OpenMessages<App extends MachineApp> {
  readonly #messages = new Map<string, OpenMessage<App>>();
  readonly #books = new Map<App, AppBook<App>>();
  /** The messages that wait for a time. */
  readonly #due = new PriorityQueue<OpenMessage<App>>();
  readonly #changed = new Set<OpenMessage<App>>();
  readonly #changedApps = new Set<App>();
  #inFlight = 0;
  #taken = 0;

  /** How many messages wait in this process. */
  get held(): number {
    return this.#messages.size - this.#inFlight;
  }

  /** How many messages are with the apps, or on the way to them. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** When the first message is due; undefined if none waits for time to go by. */
  get nextAt(): number | undefined {
    return this.#due.firstPriority;
  }

  /** All messages, oldest first. */
  get all(): readonly OpenMessage<App>[] {
    return [...this.#messages.values()];
  }

  /** The apps that an event may have given a place or a message to. */
  get changedApps(): readonly App[] {
    return [...this.#changedApps];
  }

  get(key: string): OpenMessage<App> | undefined {
    return this.#messages.get(key);
  }

  /** The messages of one app, oldest first. */
  of(app: App): readonly OpenMessage<App>[] {
    return [...(this.#books.get(app)?.messages ?? [])];
  }

  bookOf(app: App): AppBook<App> {
    const known = this.#books.get(app);
    if (known !== undefined) return known;
    const book = { isReading: false, inFlight: 0, messages: new Set<OpenMessage<App>>() };
    const created = { ...book, ready: new PriorityQueue<OpenMessage<App>>() };
    this.#books.set(app, created);
    this.#changedApps.add(app);
    return created;
  }

  /** Adds a message that is held. */
  add(message: Omit<OpenMessage<App>, "phase" | "order">): void {
    this.#taken += 1;
    const added = { ...message, phase: "held" as const, order: this.#taken };
    this.#messages.set(message.key, added);
    this.bookOf(message.app).messages.add(added);
    this.change(added);
  }

  /** Takes a message out that had its end. */
  remove(message: OpenMessage<App>): void {
    this.move(message, "held");
    const { messages, ready } = this.bookOf(message.app);
    this.#messages.delete(message.key);
    messages.delete(message);
    ready.delete(message);
    this.#due.delete(message);
    this.#changed.delete(message);
  }

  /** Moves a message to another phase. */
  move(message: OpenMessage<App>, phase: MessagePhase): void {
    const change = Number(phase !== "held") - Number(message.phase !== "held");
    this.#inFlight += change;
    this.bookOf(message.app).inFlight += change;
    message.phase = phase;
    this.change(message);
  }

  /** Notes that a message has to be looked at. */
  change(message: OpenMessage<App>): void {
    this.#changed.add(message);
    this.#changedApps.add(message.app);
  }

  /** Notes that the places of an app have to be looked at. */
  changeApp(app: App): void {
    this.#changedApps.add(app);
  }

  /** The messages that are due or changed, oldest first. */
  lookAt(now: number): readonly OpenMessage<App>[] {
    for (let { first } = this.#due; first !== undefined; { first } = this.#due) {
      if ((this.#due.firstPriority ?? now) > now) break;
      this.#due.delete(first);
      this.change(first);
    }
    return [...this.#changed].sort((one, other) => one.order - other.order);
  }

  /** Puts a message where it waits for a place with its app, if it may go there now. */
  lineUp(message: OpenMessage<App>, now: number): void {
    if (this.#messages.get(message.key) !== message) return;
    const { ready } = this.bookOf(message.app);
    if (message.phase === "held" && message.notBefore <= now) ready.set(message, message.order);
    else ready.delete(message);
  }

  /** Puts a message where it waits for its time. */
  schedule(message: OpenMessage<App>, now: number): void {
    const times = timesOf(message, now);
    if (times.length === 0) this.#due.delete(message);
    else this.#due.set(message, Math.min(...times));
  }

  /** Ends an event. An app without messages needs no book: each of its events tells if it reads. */
  settle(): void {
    for (const app of this.#changedApps) {
      if (this.bookOf(app).messages.size === 0) this.#books.delete(app);
    }
    this.#changed.clear();
    this.#changedApps.clear();
  }
}
