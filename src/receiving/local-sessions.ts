import type { Clock } from "../base/clock.ts";
import type { Session } from "./received-message.ts";
import type { SessionName, Sessions } from "./sessions.ts";

/** How many sessions are remembered. The oldest are forgotten first. */
const mostSessions = 10_000;

/** The sessions that this process knows. */
export class LocalSessions implements Sessions {
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put({ robot, msgId }: SessionName, session: Session): void {
    this.#sessions.set(JSON.stringify([robot, msgId]), session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > mostSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }

  async find({ robot, msgId }: SessionName): Promise<Session | undefined> {
    const key = JSON.stringify([robot, msgId]);
    const session = this.#sessions.get(key);
    if (session === undefined || session.expiresAt > this.#clock.now()) return session;
    this.#sessions.delete(key);
    return undefined;
  }
}
