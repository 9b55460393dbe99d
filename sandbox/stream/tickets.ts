import { randomUUID } from "node:crypto";

/** How long a ticket may wait for its upgrade. */
const ticketLifetimeMs = 90_000;
const maxTickets = 10_000;

/** What a program said when it asked for a connection. */
export interface OpenFacts {
  /** The token of the robot whose Client Secret was given. */
  readonly token: string;
  readonly clientId: string;
  readonly ua: string;
  readonly subscriptions: readonly Subscription[];
}

/** One topic that a program wants to hear of. */
export interface Subscription {
  readonly type: string;
  readonly topic: string;
}

/** The tickets that wait for their upgrade. A ticket opens one connection. */
export class Tickets {
  readonly #tickets = new Map<string, { readonly facts: OpenFacts; readonly expiresAt: number }>();

  /** @param now milliseconds on a clock that nobody sets */
  issue(facts: OpenFacts, now: number): string {
    const ticket = randomUUID();
    this.#tickets.set(ticket, { facts, expiresAt: now + ticketLifetimeMs });
    for (const oldest of this.#tickets.keys()) {
      if (this.#tickets.size <= maxTickets) break;
      this.#tickets.delete(oldest);
    }
    return ticket;
  }

  /** Uses a ticket up; undefined for one that is unknown, used or too old. */
  use(ticket: string, now: number): OpenFacts | undefined {
    const found = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    return found !== undefined && now < found.expiresAt ? found.facts : undefined;
  }
}
