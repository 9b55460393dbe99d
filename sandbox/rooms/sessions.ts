const maxSessions = 10_000;

/** A session webhook: it leads a reply back into a room. */
export interface Session {
  readonly token: string;
  /** The id of the human's entry. */
  readonly entryId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The last 10,000 session webhooks that were given out. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  add(id: string, session: Session): void {
    this.#sessions.set(id, session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= maxSessions) break;
      this.#sessions.delete(oldest);
    }
  }

  /** Finds expired sessions too. */
  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }
}
