import type { Clock } from "../../base/clock.ts";
import { openRedis, type RedisDeps, type SharedRedis } from "./redis.ts";
import type { RedisOptions } from "./redis-client.ts";
import { SharedRecords } from "./shared-records.ts";

/** What the replicas that use one Redis have in common. */
export interface SharedStore {
  readonly redis: SharedRedis;
  readonly records: SharedRecords;
  /** Gives the store up. Its connection is closed when nobody holds it any more. */
  release(): void;
}

interface OpenStore {
  readonly redis: SharedRedis;
  readonly records: SharedRecords;
  holders: number;
}

/** One connection to each Redis that a component names. */
export class SharedStores {
  readonly #clock: Clock;
  readonly #deps: RedisDeps;
  /** By options as JSON, which are secret. */
  readonly #open = new Map<string, OpenStore>();
  /** Resolves when the connections that nobody holds any more are closed. */
  #closed: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock, deps: RedisDeps) {
    this.#clock = clock;
    this.#deps = deps;
  }

  /** The store of this Redis, which the caller holds until it releases it, once. */
  hold(options: RedisOptions): SharedStore {
    const key = JSON.stringify(options);
    const store = this.#open.get(key) ?? this.#create(options);
    this.#open.set(key, store);
    store.holders += 1;
    const release = (): void => {
      store.holders -= 1;
      if (store.holders > 0) return;
      this.#open.delete(key);
      this.#closed = Promise.all([this.#closed, store.redis.close()]);
    };
    return { redis: store.redis, records: store.records, release };
  }

  /** Closes every connection. Resolves when what was on its way has reached Redis. */
  async close(): Promise<void> {
    const closing = [...this.#open.values()].map(({ redis }) => redis.close());
    await Promise.all([this.#closed, ...closing]);
  }

  #create(options: RedisOptions): OpenStore {
    const redis = openRedis(options, this.#deps);
    return { redis, records: new SharedRecords(redis, this.#clock), holders: 0 };
  }
}
