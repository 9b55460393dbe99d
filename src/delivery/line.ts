import { hash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { type AttemptsDeps, attempt } from "./attempts.ts";
import { type Channel, type Message, type TargetLimit, withParts } from "./channel.ts";
import { Digests } from "./digests.ts";
import { type Job, requestOf } from "./job.ts";
import { LocalLedger, type Slot } from "./ledger.ts";
import { SlotQueue } from "./queue.ts";
import type { MessageRecord } from "./record.ts";
import type { SharedRedis } from "./redis/redis.ts";
import { SharedLedger, type SlotsQuestion } from "./redis/shared-ledger.ts";
import { SharedPosts } from "./redis/shared-posts.ts";
import type { SlotWish } from "./waiters.ts";

/** How a target stands, as this process knows it. */
export interface LineStatus {
  /** Messages that may go at once, infinite without a limit. */
  readonly budgetLeft: number;
  readonly queueLength: number;
  /** Until the penalty is over, in milliseconds. */
  readonly penaltyMs: number;
}

interface LineDeps {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What all components together send to one target: its ledger, its queue, its digests. */
export class Line<M extends Message> {
  readonly name: string;
  readonly #limit: TargetLimit;
  readonly #clock: Clock;
  readonly #local: LocalLedger;
  readonly #queue: SlotQueue;
  readonly #attempts: AttemptsDeps;
  readonly #digests: Digests<M>;
  #redis: SharedRedis | undefined;
  #posts: SharedPosts | undefined;
  #shared: SharedLedger | undefined;
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor({ name, limit }: Channel<M>, { clock, random }: LineDeps) {
    this.name = name;
    this.#limit = limit;
    this.#clock = clock;
    this.#local = new LocalLedger(clock, limit);
    this.#queue = new SlotQueue(this.#local, { clock, windowMs: limit.windowMs });
    this.#attempts = { queue: this.#queue, clock, random };
    this.#digests = new Digests(name, this.#attempts);
  }

  /** From now on the limit is counted in this Redis, or in this process alone. */
  share(redis: SharedRedis | undefined): void {
    if (redis === this.#redis) return;
    const local = this.#local;
    this.#redis = redis;
    const shared = { target: this.name, clock: this.#clock, limit: this.#limit, local };
    this.#posts = redis && new SharedPosts({ redis, ...shared });
    this.#digests.posts = this.#posts;
    this.#shared = redis && new SharedLedger({ redis, ...shared });
    this.#queue.useLedger(this.#shared ?? local);
  }

  /**
   * The slots that are free now minus those that are waited for, for the choice among several
   * targets; minus infinity while closed.
   */
  left(limit: number): number {
    return this.#queue.left(limit);
  }

  /** @param limit messages in any window, 0 for no limit */
  status(limit: number): LineStatus {
    return {
      budgetLeft: Math.max(this.#queue.left(limit), 0),
      queueLength: this.#queue.length + this.#digests.length,
      penaltyMs: this.#local.penalty.closedForMs,
    };
  }

  /** The target is not to be chosen for so long where there is another one. */
  rest(forMs: number): void {
    this.#restsUntil = this.#clock.elapsed() + forMs;
  }

  get isResting(): boolean {
    return this.#restsUntil > this.#clock.elapsed();
  }

  /** Whether a new line for the target would do the same as this one. */
  get isForgettable(): boolean {
    const isIdle = this.#queue.length === 0 && this.#digests.length === 0;
    return isIdle && this.#local.isForgettable;
  }

  /** Refuses every message that waits or comes. */
  shutDown(): void {
    this.#queue.shutDown();
  }

  /**
   * A question for the slots of a message, which goes to Redis in one script with this key. Undefined
   * where the slots are taken by themselves: for several parts, for a digest, behind others that
   * wait, and where the script cannot use the keys of the slots.
   */
  askForSlots(job: Job<M>, record: MessageRecord, at: SharedKey): SlotsQuestion | undefined {
    const { parts, options } = job;
    const isWhole = parts.length === 1 && record.partsSent === 0 && record.digest === undefined;
    if (!isWhole || !this.#shared?.goesWith(at.redis, at.key)) return undefined;
    if (!this.#queue.isOpenTo(job, record.signal)) return undefined;
    return this.#shared.ask(requestOf(options, 1), 1);
  }

  /**
   * Sends at once, after a wait, or in a digest. All slots of a message are taken together, so that
   * no other message comes between its parts.
   *
   * @param granted slots that were taken with the claim; those that are used are moved out of here
   * @throws the failure of the last attempt, which says how many parts have arrived
   */
  async send(
    job: Job<M>,
    record: MessageRecord,
    { channel, granted }: { readonly channel: Channel<M>; readonly granted?: Slot[] | undefined },
  ): Promise<void> {
    try {
      await this.#send(job, record, channel, granted);
    } catch (error) {
      throw withParts(error, { arrived: record.partsSent, count: job.parts.length });
    }
  }

  async #send(
    job: Job<M>,
    record: MessageRecord,
    channel: Channel<M>,
    granted?: Slot[],
  ): Promise<void> {
    followCut(record, job);
    if (record.claim !== undefined) record.claim.ledger = this.#shared;
    const overflow = chooseOverflow(job, record, channel);
    const endWait = job.watch.waits();
    let slots: Slot[];
    try {
      // A message that a digest may have brought goes with that digest again.
      const admission =
        record.digest === undefined
          ? await this.#queue.admit(job, wishFor(job, record, overflow), granted)
          : "digest";
      if (admission === "digest") {
        return await this.#digests.send({ job, record, channel, endWait });
      }
      slots = [...admission];
    } finally {
      endWait();
    }
    try {
      await this.#sendParts({ job, record, channel, overflow, slots });
    } finally {
      this.#queue.giveBack(slots);
    }
  }

  async #sendParts({ job, record, channel, overflow, slots }: PartsRequest<M>): Promise<void> {
    const { signal } = record;
    for (const [index, message] of job.parts.entries()) {
      if (index < record.partsSent) continue;
      await this.#posts?.markPosted(record);
      record.hasLeft = true;
      const msgUuid = job.parts.length === 1 ? record.msgUuid : partKey(record, index);
      const posting = { channel, message, msgUuid, terms: job, overflow, signal, slots };
      const { failure, mayHaveArrived } = await attempt(posting, this.#attempts);
      if (mayHaveArrived) record.target = this.name;
      if (failure !== undefined) throw failure;
      record.partsSent = index + 1;
    }
  }
}

/**
 * The msgUuid of a part. A hash equals no key of the app's, as `job-1-1` would for the first part of
 * `job-1`. Another cut has other keys, so that its parts are no repeats of the former ones.
 */
function partKey({ msgUuid, cut }: MessageRecord, index: number): string {
  return hash("sha256", `${index} ${cut} ${msgUuid}`, "base64url");
}

/**
 * Parts that have arrived count for the message only that they were cut from. Another text under the
 * same key, or another keyword, makes other parts: all of them are sent, as a new message.
 */
function followCut<M extends Message>(record: MessageRecord, { parts }: Job<M>): void {
  if (parts.length === 1 && record.cut === undefined) return;
  const cut = hash("sha256", parts.map(({ json }) => json).join("\n"), "base64");
  if (record.cut !== cut) record.partsSent = 0;
  record.cut = cut;
}

/** A key at a Redis. */
export interface SharedKey {
  readonly redis: SharedRedis;
  readonly key: string;
}

interface PartsRequest<M extends Message> {
  readonly job: Job<M>;
  readonly record: MessageRecord;
  readonly channel: Channel<M>;
  readonly overflow: SlotWish["overflow"];
  readonly slots: Slot[];
}

/** The slots of the parts that have not arrived. */
function wishFor<M extends Message>(
  { parts }: Job<M>,
  { partsSent, signal }: MessageRecord,
  overflow: SlotWish["overflow"],
): SlotWish {
  return { count: parts.length - partsSent, overflow, signal };
}

/** What is to happen if the message finds no free slot. */
function chooseOverflow<M extends Message>(
  { options: { overflow }, parts }: Job<M>,
  { target }: MessageRecord,
  channel: Channel<M>,
): SlotWish["overflow"] {
  if (overflow !== "digest") return overflow;
  // What may have arrived by itself goes again by itself: a digest would show it a second time.
  if (target !== undefined) return "wait";
  const [message] = parts;
  const fitsDigest = parts.length === 1 && message !== undefined && channel.isDigestible(message);
  return fitsDigest ? "digest" : "wait";
}
