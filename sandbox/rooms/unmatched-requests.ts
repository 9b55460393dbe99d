import type { Unmatched } from "../api/types.ts";

/** How many are kept. One more removes the one whose last request is the oldest. */
export const maxUnmatched = 50;

/** A request that found no room, and its answer. */
export type UnmatchedRequest = Pick<Unmatched, "via" | "token" | "errcode" | "errmsg">;

/** The ways of requests for a stream that were refused. */
export const streamRefusals = ["stream-open", "stream-secret", "stream-mode"] as const;

/**
 * The requests that found no room, counted by their tokens or Client IDs. Without this trace, a
 * sender with a misspelled token sees a refusal and the page shows nothing.
 */
export class UnmatchedRequests {
  readonly #nextRevision: () => number;
  readonly #kept = new Map<string, Unmatched>();
  #lastId = 0;
  #revision = 0;

  /** @param nextRevision returns the revision of the next change */
  constructor(nextRevision: () => number) {
    this.#nextRevision = nextRevision;
  }

  /** The revision of the last change; 0 before the first one. */
  get revision(): number {
    return this.#revision;
  }

  /** The one with the newest request last. */
  get all(): readonly Unmatched[] {
    return [...this.#kept.values()];
  }

  /** Counts a request. @param now milliseconds since 1970 */
  add(request: UnmatchedRequest, now: number): void {
    const key = keyOf(request);
    const known = this.#kept.get(key);
    if (known === undefined) this.#lastId += 1;
    const id = known?.id ?? String(this.#lastId);
    const count = (known?.count ?? 0) + 1;
    this.#kept.delete(key);
    this.#kept.set(key, { id, ...request, count, lastAt: new Date(now).toISOString() });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxUnmatched) break;
      this.#kept.delete(oldest);
    }
    this.#revision = this.#nextRevision();
  }

  /** Forgets the requests of one way with a token, because there is a room for it now. */
  forget(request: Pick<Unmatched, "via" | "token">): void {
    if (this.#kept.delete(keyOf(request))) {
      this.#revision = this.#nextRevision();
    }
  }

  clear(): void {
    if (this.#kept.size === 0) return;
    this.#kept.clear();
    this.#revision = this.#nextRevision();
  }
}

function keyOf({ via, token }: Pick<Unmatched, "via" | "token">): string {
  return `${via} ${token ?? ""}`;
}
