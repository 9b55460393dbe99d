import { randomUUID } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import {
  type Ledger,
  type LimitReport,
  LocalLedger,
  penaltyMs,
  type Slot,
  type Taken,
  underWayMs,
  windowMs,
} from "../ledger.ts";
import { freeScript, reportScript, takeScript } from "./ledger-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import { sharedKey } from "./redis-script.ts";

/** What a ledger shared over replicas needs. */
export interface SharedLedgerParts {
  readonly redis: SharedRedis;
  /** The robot's key, which is a secret: Redis sees its hash only. */
  readonly robot: string;
  readonly clock: Clock;
  /** What this process knows of the robot so far. */
  readonly local?: LocalLedger;
}

/** Longer than any attempt takes: the place of a process that was killed ends then. */
const leaseMs = windowMs + underWayMs + 60_000;
/** A probe of a process that was killed ends then. */
const probeMs = 60_000;
/** After a penalty, strikes are kept for so long without an answer. */
const rememberMs = 3_600_000;
/** Another replica's probe and the places that it gives back come without a word to this one. */
const askAgainMs = 1000;
/** Doubled this often, a penalty is at its longest. */
const strikesThatCount = [1, 2, 3, 4, 5];

/**
 * A ledger that all replicas share. While Redis is away or too slow this replica goes on alone,
 * with what it knows.
 */
export class SharedLedger implements Ledger {
  readonly #redis: SharedRedis;
  readonly #clock: Clock;
  readonly #local: LocalLedger;
  readonly #slotsKey: string;
  readonly #penaltyKey: string;
  /** Names this replica's probe. */
  readonly #name = randomUUID();
  /** Places that Redis has not heard of, with the time each comes free. */
  readonly #late = new Map<string, number>();
  #penaltyIsLate = false;

  constructor({ redis, robot, clock, local = new LocalLedger(clock) }: SharedLedgerParts) {
    this.#redis = redis;
    this.#clock = clock;
    this.#local = local;
    this.#slotsKey = sharedKey("slots", robot);
    this.#penaltyKey = sharedKey("penalty", robot);
  }

  async take(count: number, limit: number): Promise<Taken> {
    const ids = Array.from({ length: count }, () => randomUUID());
    const late = this.#takeLate();
    const penalty = this.#penaltyIsLate ? this.#local.penalty : { strikes: 0, closedForMs: 0 };
    const times = { windowMs, leaseMs, probeMs, rememberMs };
    const given = { ids, limit, late, ...penalty, probe: this.#name, ...times };
    const reply = await this.#redis.run(takeScript, [this.#slotsKey, this.#penaltyKey], given);
    if (!Array.isArray(reply)) {
      for (const [id, forMs] of late) this.#late.set(id, this.#clock.now() + forMs);
      return this.#withIds(this.#local.take(count, limit), ids);
    }
    this.#penaltyIsLate = false;
    return this.#adopt(reply, ids, limit);
  }

  async report(answer: LimitReport): Promise<void> {
    const isClosing = answer === "throttled" || answer === "banned";
    // A replica that knows of no penalty has none to end.
    const concernsAll = isClosing || this.#local.penalty.strikes > 0;
    this.#local.report(answer);
    if (!concernsAll) return;
    const penaltiesMs = isClosing ? strikesThatCount.map((n) => penaltyMs(n, answer)) : [];
    const given = { answer, penaltiesMs, rememberMs, probe: this.#name };
    const reply = await this.#redis.run(reportScript, [this.#penaltyKey], given);
    if (Array.isArray(reply)) {
      this.#local.adopt({ strikes: Number(reply[0]), closedForMs: Number(reply[1]) });
    } else this.#penaltyIsLate = this.#local.penalty.strikes > 0;
  }

  /** By what this replica knows: the choice among robots must not wait. */
  left(limit: number): number {
    return this.#local.left(limit);
  }

  #adopt(reply: readonly unknown[], ids: readonly string[], limit: number): Taken {
    const [kind, strikes, closedFor, detail] = reply;
    const forMs = Number(closedFor);
    if (kind === "probing") {
      return detail === this.#name ? { kind } : { kind: "full", waitsMs: [askAgainMs / 4] };
    }
    this.#local.adopt({ strikes: Number(strikes), closedForMs: forMs });
    if (kind === "closed") return { kind, forMs };
    if (kind === "full") {
      return { kind, waitsMs: Array.isArray(detail) ? detail.map(Number) : [], askAgainMs };
    }
    const unbounded = limit === 0 ? 0 : Number.POSITIVE_INFINITY;
    return this.#withIds(this.#local.take(ids.length, unbounded), limit === 0 ? [] : ids);
  }

  #withIds(taken: Taken, ids: readonly string[]): Taken {
    if (taken.kind !== "granted") return taken;
    return { kind: "granted", slots: taken.slots.map((slot, n) => this.#share(slot, ids[n])) };
  }

  #share(slot: Slot, id = ""): Slot {
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
    const freeAt = this.#clock.now() + forMs;
    const given = { id, forMs, leaseMs, probe: this.#name };
    const reply = await this.#redis.run(freeScript, [this.#slotsKey, this.#penaltyKey], given);
    if (reply === undefined && forMs > 0) this.#late.set(id, freeAt);
  }

  #takeLate(): [string, number][] {
    if (this.#late.size === 0) return [];
    const now = this.#clock.now();
    const late = [...this.#late].map(([id, freeAt]): [string, number] => [id, freeAt - now]);
    this.#late.clear();
    return late.filter(([, forMs]) => forMs > 0);
  }
}
