import type { CancelSignal } from "../base/cancellation.ts";
import { isDigestible } from "../dingtalk/digest-message.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import { maxMessageBytes } from "../dingtalk/outgoing.ts";
import { type Robot, robotName } from "../dingtalk/robot.ts";
import type { SendWatch } from "../telemetry/watch.ts";
import { Digests } from "./digests.ts";
import { NotSentError } from "./errors.ts";
import { LocalLedger, type Slot } from "./ledger.ts";
import { type DeliveryOptions, firstLimit, type Limits } from "./options.ts";
import { type LineParts, Poster, type Way } from "./poster.ts";
import { RobotQueue } from "./queue.ts";
import type { Parcel } from "./record.ts";
import type { SharedRedis } from "./redis/redis.ts";
import { SharedLedger } from "./redis/shared-ledger.ts";
import { type KeptDigest, PostStore } from "./redis/shared-posts.ts";

/** A message on its way to a robot. */
export interface Sending {
  readonly robot: Robot;
  readonly parts: readonly RobotMessage[];
  readonly parcel: Parcel;
  readonly options: DeliveryOptions;
  readonly limits: Limits;
  readonly signal: CancelSignal;
  readonly watch: SendWatch;
}

/** How a robot stands, as this process knows it. */
export interface LineStatus {
  /** Messages that may go at once, infinite without a limit. */
  readonly budgetLeft: number;
  readonly queueLength: number;
  /** Until DingTalk's penalty is over, in milliseconds. */
  readonly penaltyMs: number;
}

const never = Number.POSITIVE_INFINITY;

/** The way to one robot, whoever sends to it: its queue, its digests. */
export class RobotLine {
  readonly #key: string;
  readonly #name: string;
  readonly #parts: LineParts;
  readonly #local: LocalLedger;
  readonly #queue: RobotQueue;
  readonly #poster: Poster;
  readonly #digests: Digests;
  /** How the latest digested message was to be sent. */
  #digesting: Pick<Sending, "robot" | "options"> | undefined;
  #redis: SharedRedis | undefined;
  #posts: PostStore | undefined;

  /** @param key the robot's, which is a secret */
  constructor(key: string, parts: LineParts) {
    this.#key = key;
    this.#parts = parts;
    this.#local = new LocalLedger(parts.clock);
    this.#queue = new RobotQueue(this.#local, parts.clock);
    this.#poster = new Poster(this.#queue, parts);
    this.#name = robotName(key);
    const store = (): PostStore | undefined => this.#posts;
    this.#digests = new Digests({
      clock: parts.clock,
      robot: this.#name,
      maxBytes: maxMessageBytes,
      acquire: (signal) => this.#acquireForDigest(signal),
      send: (digest, slot, watch) => this.#sendDigest(digest, slot, watch),
      get store() {
        return store();
      },
    });
  }

  /** From now on the robot's limit is counted in this Redis, or in this process alone. */
  share(redis: SharedRedis | undefined): void {
    if (redis === this.#redis) return;
    this.#redis = redis;
    this.#posts = redis && new PostStore(redis, this.#name);
    const { clock } = this.#parts;
    const ledger =
      redis && new SharedLedger({ redis, robot: this.#key, clock, local: this.#local });
    this.#queue.useLedger(ledger ?? this.#local);
  }

  /** Places left in the budget, for the choice among several robots; negative while closed. */
  left(limit: number): number {
    return this.#queue.left(limit);
  }

  /** @param limit messages in any minute, 0 for no limit */
  status(limit: number): LineStatus {
    return {
      budgetLeft: Math.max(this.#queue.left(limit), 0),
      queueLength: this.#queue.length + this.#digests.length,
      penaltyMs: this.#local.penalty.closedForMs,
    };
  }

  shutDown(): void {
    this.#queue.shutDown();
  }

  /** All places in the budget are taken together, so that no other message comes between. */
  async send(asked: Sending): Promise<void> {
    const { parts, parcel, watch } = asked;
    const sending =
      parcel.robot === undefined ? asked : { ...asked, options: alone(asked.options) };
    const waited = watch.waits();
    let slots: readonly Slot[];
    try {
      if (this.#digests.hasCarried(parcel)) return await this.#sendInDigest(sending, waited);
      slots = await this.#acquire(parts.length - parcel.partsSent, sending);
    } catch (error) {
      if (!isForDigest(sending, error)) throw error;
      return await this.#sendInDigest(sending, waited);
    } finally {
      waited();
    }
    const mayHaveArrived = (): void => {
      parcel.robot = this.#name;
    };
    let slotsTaken = 0;
    const takeSlot = (): Slot | Promise<Slot> => {
      slotsTaken += 1;
      return slots[slotsTaken - 1] ?? this.#acquireOne(sending);
    };
    const way: Way = { ...sending, takeSlot, mayHaveArrived };
    try {
      if (this.#posts !== undefined) await this.#posts.markPosted(parcel);
      for (let index = parcel.partsSent; index < parts.length; index += 1) {
        const msgUuid = parts.length === 1 ? parcel.msgUuid : `${parcel.msgUuid}-${index + 1}`;
        await this.#poster.send(parts[index] as RobotMessage, msgUuid, way);
        parcel.partsSent = index + 1;
        mayHaveArrived();
      }
    } finally {
      for (const slot of slots.slice(slotsTaken)) slot.unused();
    }
  }

  #sendInDigest(
    { robot, parts, parcel, options, limits, signal, watch }: Sending,
    onWay: () => void,
  ): Promise<void> {
    this.#digesting = { robot, options };
    const [message] = parts;
    if (message === undefined) return Promise.resolve();
    const maxWaitAt = this.#parts.clock.now() + options.maxWaitMs;
    const until = Math.min(maxWaitAt, limits.deadlineAt, limits.expiresAt);
    const untilReason = firstLimit(until, limits);
    const { maxQueue } = options;
    const wait = { signal, until, untilReason, maxQueue, watch, onWay };
    return this.#digests.deliver({ message, parcel, ...wait });
  }

  async #acquireForDigest(signal: CancelSignal): Promise<Slot> {
    const { options } = this.#digestSettings();
    const { messagesPerMinute: limit, maxQueue } = options;
    const request = { count: 1, limit, maxWaitMs: never, maxQueue, ...unlimited, signal };
    return firstOf(await this.#queue.acquire(request));
  }

  #sendDigest(digest: KeptDigest, slot: Slot | undefined, watch: SendWatch): Promise<void> {
    const slots = slot === undefined ? [] : [slot];
    const { signal } = new AbortController();
    const takeSlot = async (): Promise<Slot> => slots.shift() ?? this.#acquireForDigest(signal);
    const mayHaveArrived = (): void => {
      digest.mayHaveArrived = true;
    };
    const wait = { limits: unlimited, signal, watch, takeSlot };
    const way = { ...this.#digestSettings(), ...wait, mayHaveArrived };
    return this.#poster.send(digest.message, digest.msgUuid, way);
  }

  #digestSettings(): Pick<Sending, "robot" | "options"> {
    if (this.#digesting !== undefined) return this.#digesting;
    throw new Error("a digest without a message");
  }

  #acquire(count: number, { options, limits, signal }: Omit<Sending, "parts" | "parcel">) {
    const { messagesPerMinute: limit, maxQueue } = options;
    const maxWaitMs = options.overflow === "wait" ? options.maxWaitMs : 0;
    const { deadlineAt, expiresAt } = limits;
    const request = { count, limit, maxWaitMs, maxQueue, deadlineAt, expiresAt, signal };
    return this.#queue.acquire(request);
  }

  async #acquireOne(sending: Omit<Sending, "parts" | "parcel">): Promise<Slot> {
    const waited = sending.watch.waits();
    return firstOf(await this.#acquire(1, sending).finally(waited));
  }
}

const unlimited: Limits = { deadlineAt: never, expiresAt: never };

/** What may have arrived by itself goes again by itself: in a digest it would be seen twice. */
function alone(options: DeliveryOptions): DeliveryOptions {
  return options.overflow === "digest" ? { ...options, overflow: "wait" } : options;
}

function isForDigest({ parts, options }: Sending, error: unknown): boolean {
  const [message, ...others] = parts;
  return (
    options.overflow === "digest" &&
    error instanceof NotSentError &&
    error.reason === "over-budget" &&
    message !== undefined &&
    others.length === 0 &&
    isDigestible(message)
  );
}

function firstOf([slot]: readonly Slot[]): Slot {
  if (slot === undefined) throw new NotSentError("over-budget");
  return slot;
}
