import type { SharedRedis } from "../delivery/redis/redis.ts";
import type { Session } from "./received-message.ts";

/** Names a session: a message, as one robot received it. */
export interface SessionName {
  /** The robot: its `clientId` or, without one, the component's `id`. */
  readonly robot: string;
  readonly msgId: string;
  /** The Redis that the component shares with its replicas. If undefined, it has none. */
  readonly redis?: SharedRedis | undefined;
}

/** Remembers how to answer the messages that were received. */
export interface Sessions {
  /** Remembers a session until it expires. */
  put(name: SessionName, session: Session): void;
  /** Finds a session here, then in Redis. Undefined if nobody knows it. Never rejects. */
  find(name: SessionName): Promise<Session | undefined>;
}
