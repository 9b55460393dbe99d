import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type { Channel, Message } from "./channel.ts";
import { Line } from "./line.ts";
import { Pool } from "./pool.ts";
import type { RedisOptions } from "./redis/redis-client.ts";
import type { SharedTime } from "./redis/redis-script.ts";
import { SharedStores } from "./redis/shared-stores.ts";
import { Repeats } from "./repeats.ts";

/** What delivery needs of the process. */
export interface DeliveryDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** From 0 to below 1. */
  readonly random?: () => number;
  /** The clock of all replicas that share a Redis. If unset, Redis's own. */
  readonly sharedTime?: () => SharedTime;
}

/** What a component says once of its targets. */
export interface PoolConfig<M extends Message> {
  /** The pool closes them when it ends. A pool without a channel only holds its Redis. */
  readonly channels: readonly Channel<M>[];
  /** Where all replicas keep limits and records together. If undefined, each replica is alone. */
  readonly redis?: RedisOptions | undefined;
}

/** A line, and the pools that send through it, oldest first. */
interface HeldLine<M extends Message> {
  readonly line: Line<M>;
  readonly pools: Set<Pool<M>>;
}

/** Every message arrives once, or its sender knows why not. */
export class Delivery<M extends Message> {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #repeats: Repeats;
  readonly #stores: SharedStores;
  readonly #pools = new Set<Pool<M>>();
  /** By the target's name. */
  readonly #lines = new Map<string, HeldLine<M>>();
  /** The lines that no pool holds and whose ledgers still count. */
  readonly #unheld = new Set<HeldLine<M>>();

  constructor({ clock, log, random = Math.random, sharedTime }: DeliveryDeps) {
    this.#clock = clock;
    this.#random = random;
    this.#repeats = new Repeats(clock, randomUUID);
    this.#stores = new SharedStores(clock, { log, sharedTime });
  }

  /**
   * Opens the pool of a component, which closes it when it goes away. For a new configuration open
   * the new pool before the old one is closed, so that connections stay. Messages that were refused
   * may be sent again.
   *
   * @param instance the component's name
   */
  open(instance: string, { channels, redis }: PoolConfig<M>): Pool<M> {
    const pool: Pool<M> = new Pool({
      instance,
      targets: channels.map((channel) => ({ channel, line: this.#hold(channel).line })),
      store: redis && this.#stores.hold(redis),
      repeats: this.#repeats,
      clock: this.#clock,
      onClose: () => this.#withdraw(pool),
      onEnd: () => this.#release(pool),
    });
    this.#repeats.forgetRefusals(pool.scope);
    this.#pools.add(pool);
    for (const held of this.#linesOf(pool)) {
      this.#unheld.delete(held);
      held.pools.add(pool);
      share(held);
    }
    return pool;
  }

  /** How many targets are remembered: those of open pools, and former ones that still count. */
  get size(): number {
    this.#forgetLines();
    return this.#lines.size;
  }

  /** How many keys were forgotten before `deduplicateFor` was over, because there were too many. */
  get forgottenKeys(): number {
    return this.#repeats.forgottenKeys;
  }

  /** Answers the calls that wait; new ones are not expected. */
  shutDown(): void {
    for (const { line } of this.#lines.values()) line.shutDown();
  }

  /**
   * Closes every pool and every Redis, when the last call has its answer. Resolves when the replicas
   * know how the last messages ended, after a second at most.
   */
  async close(): Promise<void> {
    for (const pool of this.#pools) pool.close();
    await this.#stores.close();
  }

  #hold(channel: Channel<M>): HeldLine<M> {
    this.#forgetLines();
    const deps = { clock: this.#clock, random: this.#random };
    const held = this.#lines.get(channel.name) ?? {
      line: new Line(channel, deps),
      pools: new Set<Pool<M>>(),
    };
    this.#lines.set(channel.name, held);
    return held;
  }

  /** From now on only the other pools of a target decide which Redis counts its limit. */
  #withdraw(pool: Pool<M>): void {
    for (const held of this.#linesOf(pool)) {
      held.pools.delete(pool);
      if (held.pools.size > 0) share(held);
      else this.#unheld.add(held);
    }
  }

  #release(pool: Pool<M>): void {
    this.#pools.delete(pool);
    for (const held of this.#linesOf(pool)) share(held);
    for (const { channel } of pool.targets) channel.close();
    pool.store?.release();
    this.#forgetLines();
  }

  #linesOf({ targets }: Pool<M>): HeldLine<M>[] {
    return targets.flatMap(({ line }) => this.#lines.get(line.name) ?? []);
  }

  /** A ledger that still counts is kept: the component may come back within the window. */
  #forgetLines(): void {
    for (const held of this.#unheld) {
      if (!held.line.isForgettable) continue;
      this.#unheld.delete(held);
      this.#lines.delete(held.line.name);
    }
  }
}

/** The latest component that names a Redis decides for all components of the target. */
function share<M extends Message>({ line, pools }: HeldLine<M>): void {
  const stores = [...pools].flatMap(({ store }) => store ?? []);
  line.share(stores.at(-1)?.redis);
}
