import type { Clock } from "../../base/clock.ts";
import { openRedis, type RedisOptions, type RedisParts, type SharedRedis } from "./redis.ts";
import { SharedMemory } from "./shared-records.ts";

/** What the replicas that use one Redis have in common. */
export interface Sharing {
  readonly redis: SharedRedis;
  readonly memory: SharedMemory;
}

/** One connection to each Redis that a component names. */
export class Sharings {
  readonly #clock: Clock;
  readonly #parts: RedisParts;
  /** By options, which are secret. */
  readonly #open = new Map<string, Sharing>();
  /** Which options each component has. */
  readonly #used = new Map<string, string>();

  constructor(clock: Clock, parts: RedisParts) {
    this.#clock = clock;
    this.#parts = parts;
  }

  /** Opens what a component asks for and closes what no component uses any more. */
  configure(instance: string, options: RedisOptions | undefined): void {
    if (options === undefined) this.#used.delete(instance);
    else this.#used.set(instance, JSON.stringify(options));
    const used = new Set(this.#used.values());
    for (const [key, { redis }] of this.#open) {
      if (used.has(key)) continue;
      redis.close();
      this.#open.delete(key);
    }
    if (options === undefined || this.#open.has(JSON.stringify(options))) return;
    const redis = openRedis(options, this.#parts);
    this.#open.set(JSON.stringify(options), {
      redis,
      memory: new SharedMemory(redis, this.#clock),
    });
  }

  of(instance: string): Sharing | undefined {
    return this.#open.get(this.#used.get(instance) ?? "");
  }

  close(): void {
    for (const { redis } of this.#open.values()) redis.close();
    this.#open.clear();
  }
}
