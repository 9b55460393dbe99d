import { randomUUID } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import type { SharedRedis } from "../../delivery/redis/redis.ts";
import { sharedKey } from "../../delivery/redis/redis-script.ts";
import type { Claim } from "../inbox-events.ts";
import {
  claimScript,
  releaseClaimScript,
  renewClaimScript,
  settleClaimScript,
} from "./claim-scripts.ts";

/** How long a replica is believed to work on a message without a sign of life. */
const leaseMs = 30_000;
const renewMs = 10_000;

/** What a message is claimed with at Redis, so that only one replica hands it over. */
export class Claims {
  readonly #clock: Clock;
  /** Names this process among the replicas. */
  readonly #owner = randomUUID();
  /** What ends the renewal of each claim. */
  readonly #renewals = new Map<string, () => void>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Claims a message, and renews the claim if it is ours. Undefined if Redis is away. */
  async take(redis: SharedRedis, key: string): Promise<Claim | undefined> {
    const given = { owner: this.#owner, leaseMs };
    const claim = await redis.run(claimScript, [redisKey(key)], given);
    if (claim === "elsewhere" || claim === "done") return claim;
    // A claim that Redis did not take is made by its renewal.
    this.#renew(redis, key);
    return claim === "ours" ? claim : undefined;
  }

  /** Gives a claim back: the app has not seen the message. */
  release(redis: SharedRedis | undefined, key: string): void {
    this.#stopRenewal(key);
    void redis?.run(releaseClaimScript, [redisKey(key)], { owner: this.#owner });
  }

  /** Notes that a message had its end. */
  settle(redis: SharedRedis | undefined, key: string, rememberForMs: number): void {
    this.#stopRenewal(key);
    void redis?.run(settleClaimScript, [redisKey(key)], { rememberForMs });
  }

  /** Renews no claim any more. Those that are left end with their leases. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#renewals.values()) stop();
    this.#renewals.clear();
  }

  #renew(redis: SharedRedis, key: string): void {
    if (this.#isClosed) return;
    const stop = this.#clock.after(renewMs, () => {
      void redis.run(renewClaimScript, [redisKey(key)], { owner: this.#owner, leaseMs });
      this.#renew(redis, key);
    });
    this.#renewals.set(key, stop);
  }

  #stopRenewal(key: string): void {
    this.#renewals.get(key)?.();
    this.#renewals.delete(key);
  }
}

function redisKey(key: string): string {
  return sharedKey("received", key);
}
