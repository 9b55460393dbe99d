import type { Clock } from "../base/clock.ts";
import { isObject, parseJson } from "../base/json.ts";
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

/** The most sessions that a process remembers. */
export const mostSessions = 10_000;
/** The longest life of a session that was ever seen. It counts where DingTalk states no end. */
const longestLifeMs = 5_400_000;
/** A session is kept no longer than this, whatever end the message states. */
const longestKeptMs = 86_400_000;

/** Keeps a session. Key: the session. */
const putScript = createScript(`
redis.call('SET', KEYS[1], given.json, 'PX', math.max(math.ceil(given.forMs), 1))
return 1
`);

/** Reads a session. Key: the session. */
const findScript = createScript(`return redis.call('GET', KEYS[1])`);

/** Remembers how to answer the messages that were received, each until its session expires. */
export class Sessions {
  readonly #clock: Clock;
  /** By name, oldest first. */
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many sessions are remembered here. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Remembers the session of a message that has one. */
  put(owner: SessionOwner, { msgId, session }: ReceivedMessage): void {
    if (session === undefined || msgId === undefined) return;
    const now = this.#clock.now();
    const stated = Number.isFinite(session.expiresAt) ? session.expiresAt : now + longestLifeMs;
    const until = Math.min(stated, now + longestKeptMs);
    if (until <= now) return;
    const name = nameOf(owner, msgId);
    this.#sessions.delete(name);
    const kept = { ...session, expiresAt: until };
    this.#sessions.set(name, kept);
    this.#makeRoom();
    const json = JSON.stringify({ ...kept, address: kept.address.reveal() });
    void owner.redis?.run(putScript, [redisKey(name)], { json, forMs: until - now });
  }

  /** Finds a session here, then in Redis. Undefined if nobody knows it. Never rejects. */
  async find(owner: SessionOwner, msgId: string): Promise<Session | undefined> {
    const name = nameOf(owner, msgId);
    const known = this.#sessions.get(name);
    if (known !== undefined && known.expiresAt > this.#clock.now()) return known;
    this.#sessions.delete(name);
    const json = await owner.redis?.run(findScript, [redisKey(name)], {});
    return typeof json === "string" ? sessionOf(json) : undefined;
  }

  /** Expired sessions go first, then the oldest one. */
  #makeRoom(): void {
    if (this.#sessions.size <= mostSessions) return;
    const now = this.#clock.now();
    for (const [name, { expiresAt }] of this.#sessions) {
      if (expiresAt <= now) this.#sessions.delete(name);
    }
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > mostSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }
}

function nameOf({ instance, robot }: SessionOwner, msgId: string): string {
  return JSON.stringify([instance, robot, msgId]);
}

function redisKey(name: string): string {
  return sharedKey("session", name);
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
