/** How long a session webhook answers: measured in the documentation's samples. */
export const sessionLifetimeMs = 90 * 60_000;
const maxSessions = 10_000;

/** A way back into a room. */
export interface Session {
  readonly token: string;
  /** The human's entry. */
  readonly entryId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The session webhooks that were given out. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  add(id: string, session: Session): void {
    this.#sessions.set(id, session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= maxSessions) break;
      this.#sessions.delete(oldest);
    }
  }

  /** Also one that has expired. */
  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }
}
