import { randomUUID } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import type { LimitReport, TargetLimit } from "../channel.ts";
import { type Ledger, LocalLedger, type Slot, type SlotRequest, type Taken } from "../ledger.ts";
import { penaltyMs } from "../penalty.ts";
import { askAgainMs, freeScript, reportScript, takeScript } from "./ledger-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import { targetPrefix } from "./redis-script.ts";

/** What a ledger shared over replicas needs. */
export interface SharedLedgerDeps {
  readonly redis: SharedRedis;
  /** The target's name. */
  readonly target: string;
  readonly limit: TargetLimit;
  readonly clock: Clock;
  /** What this process knows of the target so far. */
  readonly local?: LocalLedger;
}

/** The numbers of strikes with different penalties: the fifth penalty is the longest. */
const strikesThatCount = [1, 2, 3, 4, 5];

/** A question for slots, which may travel with another script. */
export interface SlotsQuestion {
  /** The target's name. */
  readonly target: string;
  readonly keys: readonly string[];
  /** What the Lua function `takeSlots` is given. */
  readonly given: object;
  /** Takes the answer, or undefined if Redis gave none. Either this or {@link drop} is called once. */
  answered(reply: unknown): Promise<Taken>;
  /** Redis was not asked after all. */
  drop(): void;
}

/** Slots that Redis is to hear of, which may travel with another script. */
export interface FreedSlots {
  readonly keys: readonly string[];
  /** What the Lua function `freeSlots` is given. */
  readonly given: { readonly freed: readonly Freed[]; readonly replica: string };
  /** Redis has not heard of them. */
  keep(): void;
}

/** The id of a slot, and in how many milliseconds it comes free. */
type Freed = readonly [id: string, forMs: number];

/**
 * A ledger that all replicas share. While Redis is away or too slow, this replica goes on alone with
 * what it knows.
 */
export class SharedLedger implements Ledger {
  readonly #redis: SharedRedis;
  readonly #target: string;
  readonly #clock: Clock;
  readonly #limit: TargetLimit;
  readonly #local: LocalLedger;
  readonly #keys: readonly [slots: string, penalty: string, waiting: string];
  /** Names this replica, its slots, its probe and those who wait here. */
  readonly #name = randomUUID();
  #slots = 0;
  /** Slots that Redis has not heard of, with the time each comes free. */
  readonly #unsaid = new Map<string, number>();
  #isFlushing = false;
  #penaltyIsLate = false;

  constructor({ redis, target, limit, clock, local }: SharedLedgerDeps) {
    this.#redis = redis;
    this.#target = target;
    this.#clock = clock;
    this.#limit = limit;
    this.#local = local ?? new LocalLedger(clock, limit);
    const prefix = targetPrefix(target);
    this.#keys = [`${prefix}slots`, `${prefix}penalty`, `${prefix}waiting`];
  }

  takeNow(): undefined {}

  async take(request: SlotRequest, wished = 0): Promise<Taken> {
    const { keys, given, answered } = this.ask(request, wished);
    return await answered(await this.#redis.run(takeScript, keys, given));
  }

  /** {@link take} as a question, which goes to Redis at once. */
  ask(request: SlotRequest, wished: number): SlotsQuestion {
    const { count, limit, answerMs } = request;
    const ids = Array.from({ length: count }, () => this.#nextId());
    const freed = this.#collect();
    const penalty = this.#penaltyIsLate ? this.#local.penalty : undefined;
    const { windowMs, underWayMs } = this.#limit;
    const replica = this.#name;
    return {
      target: this.#target,
      keys: this.#keys,
      given: { ids, limit, answerMs, windowMs, underWayMs, wished, freed, penalty, replica },
      answered: async (reply) => {
        if (Array.isArray(reply)) return await this.#adopt(reply, ids, request);
        this.#keep(freed);
        return this.#withIds(await this.#local.take(request), ids);
      },
      drop: () => this.#keep(freed),
    };
  }

  /** Whether a script with this key may also use the ledger's keys. */
  goesWith(redis: SharedRedis, key: string): boolean {
    return redis === this.#redis && redis.joins(key, this.#keys[0]);
  }

  /** The slots that Redis is to hear of. Undefined if there are none. */
  takeFreed(): FreedSlots | undefined {
    if (this.#unsaid.size === 0) return undefined;
    const freed = this.#collect();
    return {
      keys: this.#keys.slice(0, 2),
      given: { freed, replica: this.#name },
      keep: () => this.#keep(freed),
    };
  }

  async report(answer: LimitReport, retryAfterMs?: number): Promise<void> {
    const isClosing = answer === "throttled" || answer === "banned";
    // A replica that knows of no penalty has none to end.
    const concernsAll = isClosing || this.#local.penalty.strikes > 0;
    await this.#local.report(answer, retryAfterMs);
    if (!concernsAll) return;
    const penaltiesMs = isClosing
      ? strikesThatCount.map((n) => penaltyMs(n, answer, retryAfterMs))
      : [];
    const given = { answer, penaltiesMs, replica: this.#name };
    const reply = await this.#redis.run(reportScript, [this.#keys[1]], given);
    if (Array.isArray(reply)) {
      this.#local.adopt({ strikes: Number(reply[0]), closedForMs: Number(reply[1]) });
    } else this.#penaltyIsLate = this.#local.penalty.strikes > 0;
  }

  /** By what this replica knows: the choice among several targets must not wait for Redis. */
  left(limit: number): number {
    return this.#local.left(limit);
  }

  async #adopt(
    reply: readonly unknown[],
    ids: readonly string[],
    request: SlotRequest,
  ): Promise<Taken> {
    this.#penaltyIsLate = false;
    const [kind, strikes, closedFor, waits, probing, elsewhere] = reply;
    const forMs = Number(closedFor);
    const waitsMs = Array.isArray(waits) ? waits.map(Number) : [];
    const full = { kind: "full", waitsMs, wishedElsewhere: Number(elsewhere ?? 0) } as const;
    if (kind === "probing") {
      const notBeforeMs = Math.max(Number(probing), 1);
      return { ...full, notBeforeMs, askAgainMs: askAgainMs / 4 };
    }
    this.#local.adopt({ strikes: Number(strikes), closedForMs: forMs });
    if (kind === "closed") return { kind, forMs };
    if (kind === "full") return { ...full, notBeforeMs: 0, askAgainMs };
    const isLimited = request.limit > 0;
    const limit = isLimited ? Number.POSITIVE_INFINITY : 0;
    return this.#withIds(await this.#local.take({ ...request, limit }), isLimited ? ids : []);
  }

  #withIds(taken: Taken, ids: readonly string[]): Taken {
    if (taken.kind !== "granted") return taken;
    return { kind: "granted", slots: taken.slots.map((slot, n) => this.#share(slot, ids[n])) };
  }

  #share(slot: Slot, id = ""): Slot {
    const { windowMs, underWayMs } = this.#limit;
    return {
      used: () => {
        slot.used();
        if (id !== "") this.#free(id, windowMs);
      },
      lost: () => {
        slot.lost();
        if (id !== "") this.#free(id, underWayMs + windowMs);
      },
      unused: () => {
        slot.unused();
        this.#free(id, 0);
      },
    };
  }

  /** Usually the next script carries the slot along; if none follows at once, the slot goes alone. */
  #free(id: string, forMs: number): void {
    this.#unsaid.set(id, this.#clock.elapsed() + forMs);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    this.#isFlushing = false;
    const freed = this.takeFreed();
    if (freed === undefined) return;
    const reply = await this.#redis.run(freeScript, freed.keys, freed.given);
    if (reply === undefined) freed.keep();
  }

  #nextId(): string {
    this.#slots += 1;
    return `${this.#name}${this.#slots}`;
  }

  #collect(): Freed[] {
    if (this.#unsaid.size === 0) return [];
    const now = this.#clock.elapsed();
    const freed = [...this.#unsaid].map(([id, freeAt]): Freed => [id, freeAt - now]);
    this.#unsaid.clear();
    return freed;
  }

  /** Slots that are free meanwhile need no telling: Redis ends their leases. */
  #keep(freed: readonly Freed[]): void {
    const now = this.#clock.elapsed();
    for (const [id, forMs] of freed) if (forMs > 0) this.#unsaid.set(id, now + forMs);
  }
}
