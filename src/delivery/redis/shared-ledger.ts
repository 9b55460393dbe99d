import { randomUUID } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import type { LimitReport, TargetLimit } from "../channel.ts";
import { type Ledger, LocalLedger, type Slot, type SlotRequest, type Taken } from "../ledger.ts";
import { penaltyMs } from "../penalty.ts";
import { freeScript, reportScript, takeScript } from "./ledger-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import { targetKey } from "./redis-script.ts";

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

/** How long the probe of a process that was killed is believed to go on. */
const probeMs = 60_000;
/** How long strikes are kept after a penalty if no answer comes. */
const rememberMs = 3_600_000;
/** Another replica's probe ends, and its slots come free, without a call to this replica. */
const askAgainMs = 1000;
/** How long a replica is believed to have calls that wait, unless it asks again. */
const waitingMs = 3 * askAgainMs;
/** The numbers of strikes with different penalties: the fifth penalty is the longest. */
const strikesThatCount = [1, 2, 3, 4, 5];

/**
 * A ledger that all replicas share. While Redis is away or too slow, this replica goes on alone with
 * what it knows.
 */
export class SharedLedger implements Ledger {
  readonly #redis: SharedRedis;
  readonly #clock: Clock;
  readonly #limit: TargetLimit;
  readonly #local: LocalLedger;
  readonly #slotsKey: string;
  readonly #penaltyKey: string;
  readonly #waitingKey: string;
  /** Names this replica, its probe and those who wait here. */
  readonly #name = randomUUID();
  /** Slots that Redis has not heard of, with the time each comes free. */
  readonly #late = new Map<string, number>();
  #penaltyIsLate = false;

  constructor({ redis, target, limit, clock, local }: SharedLedgerDeps) {
    this.#redis = redis;
    this.#clock = clock;
    this.#limit = limit;
    this.#local = local ?? new LocalLedger(clock, limit);
    this.#slotsKey = targetKey("slots", target);
    this.#penaltyKey = targetKey("penalty", target);
    this.#waitingKey = targetKey("waiting", target);
  }

  async take(request: SlotRequest, wished = 0): Promise<Taken> {
    const { count, limit, answerMs } = request;
    const ids = Array.from({ length: count }, () => randomUUID());
    const late = this.#takeLate();
    const penalty = this.#penaltyIsLate ? this.#local.penalty : { strikes: 0, closedForMs: 0 };
    const times = { ...this.#limit, answerMs, probeMs, rememberMs };
    const waiting = { replica: this.#name, wished, waitingMs };
    const given = { ids, limit, late, ...penalty, probe: this.#name, ...times, ...waiting };
    const keys = [this.#slotsKey, this.#penaltyKey, this.#waitingKey];
    const reply = await this.#redis.run(takeScript, keys, given);
    if (!Array.isArray(reply)) {
      for (const [id, forMs] of late) this.#late.set(id, this.#clock.elapsed() + forMs);
      return this.#withIds(await this.#local.take(request), ids);
    }
    this.#penaltyIsLate = false;
    return await this.#adopt(reply, ids, request);
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
    const given = { answer, penaltiesMs, rememberMs, probe: this.#name };
    const reply = await this.#redis.run(reportScript, [this.#penaltyKey], given);
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
        if (id !== "") void this.#free(id, windowMs);
      },
      lost: () => {
        slot.lost();
        if (id !== "") void this.#free(id, underWayMs + windowMs);
      },
      unused: () => {
        slot.unused();
        void this.#free(id, 0);
      },
    };
  }

  async #free(id: string, forMs: number): Promise<void> {
    const freeAt = this.#clock.elapsed() + forMs;
    const given = { id, forMs, probe: this.#name };
    const reply = await this.#redis.run(freeScript, [this.#slotsKey, this.#penaltyKey], given);
    if (reply === undefined && forMs > 0) this.#late.set(id, freeAt);
  }

  #takeLate(): [string, number][] {
    if (this.#late.size === 0) return [];
    const now = this.#clock.elapsed();
    const late = [...this.#late].map(([id, freeAt]): [string, number] => [id, freeAt - now]);
    this.#late.clear();
    return late.filter(([, forMs]) => forMs > 0);
  }
}
