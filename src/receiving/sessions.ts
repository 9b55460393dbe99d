import { hash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { isObject, parseJson } from "../base/json.ts";
import { PriorityQueue } from "../base/priority-queue.ts";
import { Secret } from "../base/secret.ts";
import type { SharedRedis } from "../delivery/redis/redis.ts";
import { createScript, sharedKey } from "../delivery/redis/redis-script.ts";
import type { ReceivedMessage, Session } from "./received-message.ts";

/** Who remembers a session: a component's robot, and the Redis that the component shares with replicas. */
export interface SessionOwner {
  /** The component's name. Components of one `id` may belong to different robots. */
  readonly instance: string;
  /** The robot: its `clientId` or, without one, the component's `id`. */
  readonly robot: string;
  /** If undefined, only this process remembers the session. */
  readonly redis?: SharedRedis | undefined;
}

/** The most messages that a process remembers. */
export const mostSessions = 10_000;
/** The longest life of a session that was ever seen. It counts where DingTalk states no end. */
const longestLifeMs = 5_400_000;
/** How long Redis remembers that there was a session which has expired. */
const knownForMs = 86_400_000;
/** Time between two looks for addresses that are of no use any more. */
const sweepMs = 60_000;
/** A session is kept no longer than this, whatever end the message states. */
const longestKeptMs = 86_400_000;

/** Keeps a session, and for longer that there was one. Keys: the session, the mark. */
const putScript = createScript(`
redis.call('SET', KEYS[1], given.json, 'PX', math.max(math.ceil(given.forMs), 1))
redis.call('SET', KEYS[2], '1', 'PX', math.max(math.ceil(given.forMs), 1) + given.knownForMs)
return 1
`);

/** Reads a session. Answers with an empty text if it has expired. Keys: the session, the mark. */
const findScript = createScript(`
local json = redis.call('GET', KEYS[1])
if not json and redis.call('EXISTS', KEYS[2]) == 1 then return '' end
return json
`);

/** What is known of a message. */
interface Known {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Undefined since the address is of no use any more. */
  session: Session | undefined;
}

/**
 * Remembers how to answer the messages that were received, each until its session expires, and after
 * that only that the message was known.
 */
export class Sessions {
  readonly #clock: Clock;
  /** By name, oldest first. */
  readonly #known = new Map<string, Known>();
  /** The names by the end of their session. A search through 10,000 sessions takes 0.7 ms. */
  readonly #ends = new PriorityQueue<string>();
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many messages are remembered here. */
  get size(): number {
    return this.#known.size;
  }

  /** Remembers the session of a message that has one. */
  put(owner: SessionOwner, { msgId, session }: ReceivedMessage): void {
    if (session === undefined || msgId === undefined) return;
    const now = this.#clock.now();
    const stated = Number.isFinite(session.expiresAt) ? session.expiresAt : now + longestLifeMs;
    const until = Math.min(stated, now + longestKeptMs);
    const name = nameOf(owner, msgId);
    const kept = until <= now ? undefined : { ...session, expiresAt: until };
    this.#known.delete(name);
    this.#known.set(name, { expiresAt: until, session: kept });
    this.#ends.set(name, until);
    this.#makeRoom(now);
    this.#sweep(now);
    if (kept === undefined) return;
    const json = JSON.stringify({ ...kept, address: kept.address.reveal() });
    void owner.redis?.run(putScript, redisKeys(name), { json, forMs: until - now, knownForMs });
  }

  /**
   * Finds a session here, then in Redis. `expired` if it is over, undefined if nobody knows the
   * message. Never rejects.
   */
  async find(owner: SessionOwner, msgId: string): Promise<Session | "expired" | undefined> {
    const name = nameOf(owner, msgId);
    const known = this.#known.get(name);
    if (known !== undefined) return asOfNow(known.session, this.#clock.now());
    const json = await owner.redis?.run(findScript, redisKeys(name), {});
    if (json === "") return "expired";
    const shared = typeof json === "string" ? sessionOf(json) : undefined;
    return shared && asOfNow(shared, this.#clock.now());
  }

  /** Messages whose session is over go first, then the oldest one. */
  #makeRoom(now: number): void {
    if (this.#known.size <= mostSessions) return;
    const { first, firstPriority = now } = this.#ends;
    const [oldest] = this.#known.keys();
    const name = firstPriority <= now ? first : oldest;
    if (name === undefined) return;
    this.#known.delete(name);
    this.#ends.delete(name);
  }

  /** Forgets the addresses of the sessions that are over. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < sweepMs) return;
    this.#sweptAt = now;
    for (const known of this.#known.values()) {
      if (known.expiresAt <= now) known.session = undefined;
    }
  }
}

function asOfNow(session: Session | undefined, now: number): Session | "expired" {
  return session === undefined || session.expiresAt <= now ? "expired" : session;
}

/** A hash, because nobody bounds the length of a `msgId`. */
function nameOf({ instance, robot }: SessionOwner, msgId: string): string {
  return hash("sha256", JSON.stringify([instance, robot, msgId]), "base64url");
}

function redisKeys(name: string): [string, string] {
  return [sharedKey("session", name), sharedKey("session-known", name)];
}

function sessionOf(json: string): Session | undefined {
  const value = parseJson(json);
  if (!isObject(value)) return undefined;
  const { address, expiresAt, senderStaffId, isGroup } = value;
  if (typeof address !== "string" || typeof expiresAt !== "number") return undefined;
  return {
    address: new Secret(address),
    expiresAt,
    senderStaffId: typeof senderStaffId === "string" ? senderStaffId : undefined,
    isGroup: typeof isGroup === "boolean" ? isGroup : undefined,
  };
}
