import type { Logger } from "pino";
import { type Clock, withinTime } from "../clock.ts";
import type { Connections } from "../dingtalk/connections.ts";
import type { RobotRefusedError } from "../dingtalk/errors.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import type { Robot } from "../dingtalk/robot.ts";
import { postMessage } from "../dingtalk/robot-client.ts";
import { attempt } from "./attempts.ts";
import { isDigestible } from "./digest-message.ts";
import { Digests } from "./digests.ts";
import { NotSentError } from "./errors.ts";
import { LocalLedger, type Slot } from "./ledger.ts";
import { type DeliveryOptions, firstLimit, type Limits } from "./options.ts";
import { maxMessageBytes, withMsgUuid } from "./outgoing.ts";
import type { Parcel } from "./parcel.ts";
import { RobotQueue, type SlotRequest } from "./robot-queue.ts";
import { DigestStore } from "./shared/digest-store.ts";
import type { SharedRedis } from "./shared/redis.ts";
import { SharedLedger } from "./shared/shared-ledger.ts";

/** A message on its way to a robot. */
export interface Sending {
  readonly robot: Robot;
  readonly parts: readonly RobotMessage[];
  readonly parcel: Parcel;
  readonly options: DeliveryOptions;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

export interface LineParts {
  readonly clock: Clock;
  readonly connections: Connections;
  readonly random: () => number;
  readonly log: Logger;
}

/** Smaller differences come from the way of the answer. */
const clockToleranceMs = 5000;
const never = Number.POSITIVE_INFINITY;

/** The way to one robot, whoever sends to it: its queue, its digests, its clock. */
export class RobotLine {
  readonly #key: string;
  readonly #parts: LineParts;
  readonly #local: LocalLedger;
  readonly #queue: RobotQueue;
  readonly #digests: Digests;
  /** How the latest digested message was to be sent. */
  #digesting: Pick<Sending, "robot" | "options"> | undefined;
  #redis: SharedRedis | undefined;
  #digestStore: DigestStore | undefined;
  /** DingTalk's clock minus ours, in milliseconds. */
  #clockOffsetMs = 0;

  /** @param key the robot's, which is a secret */
  constructor(key: string, parts: LineParts) {
    this.#key = key;
    this.#parts = parts;
    this.#local = new LocalLedger(parts.clock);
    this.#queue = new RobotQueue(this.#local, parts.clock);
    const store = (): DigestStore | undefined => this.#digestStore;
    this.#digests = new Digests({
      clock: parts.clock,
      maxBytes: maxMessageBytes,
      acquire: (signal) => this.#acquireForDigest(signal),
      send: (message, msgUuid, slot) => this.#sendDigest(message, msgUuid, slot),
      get store() {
        return store();
      },
    });
  }

  /** From now on the robot's limit is counted in this Redis, or in this process alone. */
  share(redis: SharedRedis | undefined): void {
    if (redis === this.#redis) return;
    this.#redis = redis;
    this.#digestStore = redis && new DigestStore(redis);
    const { clock } = this.#parts;
    const ledger =
      redis && new SharedLedger({ redis, robot: this.#key, clock, local: this.#local });
    this.#queue.useLedger(ledger ?? this.#local);
  }

  /** Places left in the budget, for the choice among several robots; negative while closed. */
  left(limit: number): number {
    return this.#queue.left(limit);
  }

  shutDown(): void {
    this.#queue.shutDown();
  }

  /** All places in the budget are taken together, so that no other message comes between. */
  async send(sending: Sending): Promise<void> {
    const { parts, parcel } = sending;
    if (this.#digests.hasCarried(parcel)) return await this.#sendInDigest(sending);
    let slots: Slot[];
    try {
      slots = [...(await this.#acquire(parts.length - parcel.partsSent, sending))];
    } catch (error) {
      if (!isForDigest(sending, error)) throw error;
      return await this.#sendInDigest(sending);
    }
    try {
      for (const [index, part] of parts.entries()) {
        if (index < parcel.partsSent) continue;
        const msgUuid = parts.length === 1 ? parcel.msgUuid : `${parcel.msgUuid}-${index + 1}`;
        const takeSlot = async (): Promise<Slot> => slots.shift() ?? this.#acquireOne(sending);
        await this.#sendOne(part, msgUuid, { ...sending, takeSlot });
        parcel.partsSent = index + 1;
      }
    } finally {
      for (const slot of slots) slot.unused();
    }
  }

  async #sendOne(
    message: RobotMessage,
    msgUuid: string,
    way: Omit<Sending, "parts" | "parcel"> & { takeSlot(): Promise<Slot> },
  ): Promise<void> {
    const { options, limits, signal } = way;
    const { body, isIdempotent } = withMsgUuid(message, msgUuid);
    await attempt(
      {
        retries: options.retries,
        isRepeatable: isIdempotent,
        deadlineAt: Math.min(limits.deadlineAt, limits.expiresAt),
        signal,
        acquire: way.takeSlot,
        post: () => this.#post(body, way),
        report: (answer) => this.#queue.report(answer),
        correctClock: (error) => this.#correctClock(error),
      },
      this.#parts,
    );
  }

  async #post(
    body: Buffer,
    { robot, options, signal }: Pick<Sending, "robot" | "options" | "signal">,
  ): Promise<void> {
    const { clock, connections } = this.#parts;
    const lease = connections.lease(robot.url.origin);
    const { dispatcher } = lease;
    const timeoutMs = options.responseTimeoutMs;
    try {
      await withinTime({ clock, timeoutMs, signal }, (bounded) => {
        const nowMs = clock.now() + this.#clockOffsetMs;
        return postMessage({ robot, body, dispatcher, signal: bounded, nowMs });
      });
    } finally {
      lease.release();
    }
  }

  #sendInDigest({ robot, parts, parcel, options, limits, signal }: Sending): Promise<void> {
    this.#digesting = { robot, options };
    const [message] = parts;
    if (message === undefined) return Promise.resolve();
    const maxWaitAt = this.#parts.clock.now() + options.maxWaitMs;
    const until = Math.min(maxWaitAt, limits.deadlineAt, limits.expiresAt);
    const untilReason = firstLimit(until, limits);
    const { maxQueue } = options;
    return this.#digests.deliver({ message, parcel, signal, until, untilReason, maxQueue });
  }

  async #acquireForDigest(signal: AbortSignal): Promise<Slot> {
    const { options } = this.#digestSettings();
    const { messagesPerMinute: limit, maxQueue } = options;
    const request = { count: 1, limit, maxWaitMs: never, maxQueue, ...unlimited, signal };
    return firstOf(await this.#queue.acquire(request));
  }

  #sendDigest(message: RobotMessage, msgUuid: string, slot: Slot | undefined): Promise<void> {
    const slots = slot === undefined ? [] : [slot];
    const { signal } = new AbortController();
    const takeSlot = async (): Promise<Slot> => slots.shift() ?? this.#acquireForDigest(signal);
    const way = { ...this.#digestSettings(), limits: unlimited, signal, takeSlot };
    return this.#sendOne(message, msgUuid, way);
  }

  #digestSettings(): Pick<Sending, "robot" | "options"> {
    if (this.#digesting !== undefined) return this.#digesting;
    throw new Error("a digest without a message");
  }

  #acquire(count: number, { options, limits, signal }: Omit<Sending, "parts" | "parcel">) {
    const { messagesPerMinute: limit, maxQueue } = options;
    const maxWaitMs = options.overflow === "wait" ? options.maxWaitMs : 0;
    const request: SlotRequest = { count, limit, maxWaitMs, maxQueue, ...limits, signal };
    return this.#queue.acquire(request);
  }

  async #acquireOne(sending: Omit<Sending, "parts" | "parcel">): Promise<Slot> {
    return firstOf(await this.#acquire(1, sending));
  }

  #correctClock({ reason, serverTimeMs }: RobotRefusedError): boolean {
    if (reason !== "timestamp-invalid" || serverTimeMs === undefined) return false;
    const offsetMs = serverTimeMs - this.#parts.clock.now();
    if (Math.abs(offsetMs - this.#clockOffsetMs) < clockToleranceMs) return false;
    this.#clockOffsetMs = offsetMs;
    this.#parts.log.warn(
      { offsetMs },
      "this machine's clock differs from DingTalk's; signing by DingTalk's from now on",
    );
    return true;
  }
}

const unlimited: Limits = { deadlineAt: never, expiresAt: never };

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
