import type { ListeningClient } from "./redis-client.ts";

/** A place among those who hear what is told on a channel. */
export interface Subscription {
  /** Whether news is heard. It is not where the Redis refuses to tell or is away. */
  readonly isOpen: boolean;
  end(): void;
}

/** Hears nothing. */
export const closedSubscription: Subscription = { isOpen: false, end: () => {} };

interface Open {
  readonly client: ListeningClient;
  /** Who is told when the connection breaks: news may be lost. */
  readonly listeners: Set<() => void>;
  isOpen: boolean;
}

/** A connection that all listeners of a process share. It is open while there are any. */
export class Subscriber {
  readonly #create: () => Promise<ListeningClient>;
  readonly #bound: <T>(work: Promise<T>) => Promise<T>;
  #open: Promise<Open> | undefined;
  #listeners = 0;

  /** @param bound limits the time of a step */
  constructor(create: () => Promise<ListeningClient>, bound: <T>(work: Promise<T>) => Promise<T>) {
    this.#create = create;
    this.#bound = bound;
  }

  /** Subscribes to a channel. Never rejects. */
  async listen(channel: string, onNews: () => void): Promise<Subscription> {
    this.#listeners += 1;
    this.#open ??= this.#connect();
    const opened = this.#open;
    try {
      const open = await opened;
      // Told of news also where the subscription breaks.
      open.listeners.add(onNews);
      const end = (): void => {
        open.listeners.delete(onNews);
        if (open.isOpen) open.client.unsubscribe(channel, onNews).catch(() => {});
        this.#leave();
      };
      const subscribed = open.client.subscribe(channel, onNews);
      await this.#bound(subscribed).catch(() => this.#drop(open, opened));
      return {
        get isOpen() {
          return open.isOpen;
        },
        end,
      };
    } catch {
      if (this.#open === opened) this.#open = undefined;
      this.#leave();
      return closedSubscription;
    }
  }

  /** Ends the connection. Those who listen are told, as if it had broken. */
  close(): void {
    const opened = this.#open;
    this.#open = undefined;
    opened?.then((open) => this.#drop(open, opened)).catch(() => {});
  }

  async #connect(): Promise<Open> {
    const client = await this.#create();
    const open: Open = { client, listeners: new Set(), isOpen: true };
    const opened = this.#open;
    client.on("error", () => this.#drop(open, opened));
    try {
      await this.#bound(client.connect());
    } catch (error) {
      client.destroy();
      throw error;
    }
    return open;
  }

  #leave(): void {
    this.#listeners -= 1;
    if (this.#listeners === 0) this.close();
  }

  #drop(open: Open, opened: Promise<Open> | undefined): void {
    if (this.#open === opened) this.#open = undefined;
    if (!open.isOpen) return;
    open.isOpen = false;
    open.client.destroy();
    for (const onNews of open.listeners) onNews();
  }
}
