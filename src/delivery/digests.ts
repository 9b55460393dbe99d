import { randomUUID } from "node:crypto";
import type { CancelSignal } from "../base/cancellation.ts";
import type { Clock } from "../base/clock.ts";
import { composeDigest } from "../dingtalk/digest-message.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import { noWatch, type SendWatch } from "../telemetry/watch.ts";
import { abortedError, NotSentError } from "./errors.ts";
import type { Slot } from "./ledger.ts";
import type { Parcel } from "./record.ts";
import type { KeptDigest, PostStore } from "./redis/shared-posts.ts";

/** A message that would have to wait. */
export interface DigestCall {
  readonly message: RobotMessage;
  readonly parcel: Parcel;
  readonly signal: CancelSignal;
  /** Milliseconds since 1970 from which the message is not wanted any more, and why. */
  readonly until: number;
  readonly untilReason: "over-budget" | "deadline" | "expired";
  /** How many messages may wait for the robot. */
  readonly maxQueue: number;
  readonly watch: SendWatch;
  /** Told when the message waits no more; may be told twice. */
  onWay(): void;
}

/** The way to the robot. */
export interface DigestRoute {
  readonly clock: Clock;
  readonly maxBytes: number;
  /** The next place in the budget, however long it takes. */
  acquire(signal: CancelSignal): Promise<Slot>;
  /** Posts with this place first, with further ones for further attempts. */
  send(digest: KeptDigest, slot: Slot | undefined, watch: SendWatch): Promise<void>;
  /** The robot's name. */
  readonly robot: string;
  /** Where other replicas find a digest whose sender was killed; undefined without any. */
  readonly store: PostStore | undefined;
}

interface Entry {
  readonly call: DigestCall;
  readonly receivedAt: number;
  /** The message is on its way. */
  stopTimer(): void;
  /** The first outcome counts. */
  settle(error?: unknown): void;
}

/** One posted digest, whatever became of it. */
interface Carrier extends KeptDigest {
  outcome: Promise<void>;
}

/** Merges the messages that wait for a robot into one for the next free place. */
export class Digests {
  readonly #route: DigestRoute;
  #entries: Entry[] = [];
  #isWaiting = false;
  /** Ends the wait for a place when nobody needs it any more. */
  #wait = new AbortController();
  /** Which digest may have brought a message already. */
  readonly #carriers = new WeakMap<Parcel, Carrier>();
  /** Digests of other processes that are on their way again, by msgUuid. */
  readonly #restored = new Map<string, Promise<boolean>>();

  constructor(route: DigestRoute) {
    this.#route = route;
  }

  /**
   * Resolves when the digest with the message has arrived.
   *
   * A message whose digest may have arrived goes again with that digest, under its msgUuid.
   */
  deliver(call: DigestCall): Promise<void> {
    const former = this.#carriers.get(call.parcel);
    if (former !== undefined) return this.#repeat(former, call.watch);
    if (call.parcel.digest !== undefined) return this.#restore(call.parcel.digest, call);
    return this.#gather(call);
  }

  /** Whether a digest may have brought the message already. */
  hasCarried(parcel: Parcel): boolean {
    return parcel.digest !== undefined;
  }

  /** Messages that wait beyond the one place that is asked for. */
  get length(): number {
    return Math.max(this.#entries.length - 1, 0);
  }

  async #gather(call: DigestCall): Promise<void> {
    if (this.#entries.length >= call.maxQueue) throw new NotSentError("queue-full");
    await new Promise<void>((resolve, reject) => {
      const { clock } = this.#route;
      const onAbort = (): void => entry.settle(abortedError(call.signal));
      const waitMs = call.until - clock.now();
      const stopTimer =
        call.until === Number.POSITIVE_INFINITY
          ? () => {}
          : clock.after(waitMs + 1, () => entry.settle(new NotSentError(call.untilReason)));
      const entry: Entry = {
        call,
        receivedAt: clock.now(),
        stopTimer,
        settle: (error) => {
          stopTimer();
          call.signal.removeEventListener("abort", onAbort);
          this.#drop(entry);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#entries.push(entry);
      if (call.signal.aborted) return onAbort();
      call.signal.addEventListener("abort", onAbort);
      this.#waitForPlace();
    });
  }

  #drop(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
    if (this.#entries.length === 0) this.#wait.abort();
  }

  #waitForPlace(): void {
    if (this.#isWaiting || this.#entries.length === 0) return;
    this.#isWaiting = true;
    this.#wait = new AbortController();
    this.#route.acquire(this.#wait.signal).then(
      (slot) => this.#use(slot),
      (error: unknown) => {
        this.#isWaiting = false;
        for (const entry of [...this.#entries]) entry.settle(error);
      },
    );
  }

  #use(slot: Slot): void {
    this.#isWaiting = false;
    if (this.#entries.length === 0) {
      slot.unused();
      return;
    }
    const entries = this.#entries.map(({ call, receivedAt }) => ({
      message: call.message,
      receivedAt,
    }));
    const { message, count } = composeDigest(entries, this.#route.maxBytes);
    const carried = this.#entries.slice(0, count);
    this.#entries = this.#entries.slice(count);
    this.#carry(carried, message, slot);
    this.#waitForPlace();
  }

  #carry(carried: readonly Entry[], message: RobotMessage, slot: Slot): void {
    const digest = { message, msgUuid: randomUUID(), mayHaveArrived: false };
    const carrier = { ...digest, outcome: this.#keepAndSend(digest, carried, slot) };
    for (const entry of carried) {
      entry.stopTimer();
      entry.call.onWay();
      entry.call.parcel.robot = this.#route.robot;
      entry.call.parcel.digest = digest.msgUuid;
      this.#carriers.set(entry.call.parcel, carrier);
    }
    carrier.outcome.then(
      () => {
        for (const entry of carried) entry.settle();
      },
      (error: unknown) => {
        for (const entry of carried) {
          if (!digest.mayHaveArrived) this.#forget(entry.call.parcel);
          entry.settle(error);
        }
      },
    );
  }

  /** Kept before it is posted: if this process is killed, another one knows what was in it. */
  async #keepAndSend(digest: KeptDigest, carried: readonly Entry[], slot: Slot): Promise<void> {
    const calls = carried.map(({ call }) => call);
    const parcels = calls.map(({ parcel }) => parcel);
    await this.#route.store?.keep(digest, parcels);
    // One POST belongs to one trace: that of the first message.
    await this.#route.send(digest, slot, calls[0]?.watch ?? noWatch);
  }

  #forget(parcel: Parcel): void {
    parcel.robot = undefined;
    parcel.digest = undefined;
    this.#carriers.delete(parcel);
  }

  /** Sends the digest of a process that is gone, once for all of its messages. */
  async #restore(msgUuid: string, call: DigestCall): Promise<void> {
    const restored = this.#restored.get(msgUuid) ?? this.#sendKept(msgUuid, call.watch);
    this.#restored.set(msgUuid, restored);
    try {
      if (await restored) return;
    } finally {
      this.#restored.delete(msgUuid);
    }
    // Nobody knows any more what was in it.
    this.#forget(call.parcel);
    await this.#gather(call);
  }

  /** @returns whether it has arrived, false where it is not known any more */
  async #sendKept(msgUuid: string, watch: SendWatch): Promise<boolean> {
    const kept = await this.#route.store?.read(msgUuid);
    if (kept === "arrived") return true;
    if (kept === undefined) return false;
    await this.#route.send({ message: kept.message, msgUuid }, undefined, watch);
    await this.#route.store?.markArrived(msgUuid);
    return true;
  }

  async #repeat(carrier: Carrier, watch: SendWatch): Promise<void> {
    const former = carrier.outcome;
    try {
      await former;
    } catch {
      // The first of its messages to come back sends it again, the others join.
      if (carrier.outcome === former) {
        carrier.outcome = this.#route.send(carrier, undefined, watch);
      }
      await carrier.outcome;
    }
  }
}
