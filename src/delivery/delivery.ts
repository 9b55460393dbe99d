import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { type Clock, withinTime } from "../clock.ts";
import type { Connections } from "../dingtalk/connections.ts";
import { InvalidMessageError, type RobotRefusedError } from "../dingtalk/errors.ts";
import { encodeMessage, type RobotMessage } from "../dingtalk/message.ts";
import { type Robot, robotKey } from "../dingtalk/robot.ts";
import { postMessage } from "../dingtalk/robot-client.ts";
import { withoutSignature } from "../dingtalk/signature.ts";
import { attempt } from "./attempts.ts";
import { NotSentError } from "./errors.ts";
import { type Ledger, LocalLedger, type Slot } from "./ledger.ts";
import { Once, type Parcel } from "./once.ts";
import { RobotQueue } from "./robot-queue.ts";

/** How a message is delivered; the component's metadata, overridden by the call's. */
export interface DeliveryOptions {
  /** 0 for no limit. */
  readonly messagesPerMinute: number;
  readonly maxWaitMs: number;
  readonly maxQueue: number;
  readonly retries: number;
  readonly deduplicateForMs: number;
  /** Absent, a message never expires. */
  readonly ttlMs: number | undefined;
  readonly overflow: "wait" | "reject";
  readonly responseTimeoutMs: number;
}

export interface DeliveryRequest {
  /** Component whose messages are compared with each other. */
  readonly instance: string;
  readonly robot: Robot;
  readonly message: RobotMessage;
  /** The app's own key against doubles. */
  readonly appKey: string | undefined;
  readonly traceparent: string | undefined;
  readonly options: DeliveryOptions;
  readonly signal: AbortSignal;
  /** Until the caller's deadline, infinite without one. */
  readonly timeLeftMs: number;
}

export interface DeliveryParts {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
  readonly createLedger?: (robot: string) => Ledger;
}

/** What is known of a robot, whoever sends to it. */
interface Line {
  readonly queue: RobotQueue;
  /** DingTalk's clock minus ours, in milliseconds. */
  clockOffsetMs: number;
}

/** Smaller differences come from the way of the answer. */
const clockToleranceMs = 5000;

/** Every message arrives once, or its sender knows why not. */
export class Delivery {
  readonly #parts: Required<DeliveryParts>;
  readonly #once: Once;
  /** By robot key, which is a secret and never leaves. */
  readonly #lines = new Map<string, Line>();

  constructor({ random = Math.random, createLedger, ...parts }: DeliveryParts) {
    const create = createLedger ?? (() => new LocalLedger(parts.clock));
    this.#parts = { ...parts, random, createLedger: create };
    this.#once = new Once(parts.clock, randomUUID);
  }

  /**
   * Resolves when the robot has the message.
   *
   * @throws {InvalidMessageError} for a message that is too long
   * @throws {NotSentError} when nothing was posted
   * @throws {RobotRefusedError} when DingTalk says no
   * @throws {RobotUnreachableError} when the last attempt got no usable answer
   */
  async deliver(request: DeliveryRequest): Promise<void> {
    const { instance, robot, message, appKey, traceparent, options, signal } = request;
    // A message that is too long fails before anything is remembered of it.
    encodeMessage(message);
    const scope = scopeOf(instance, robot);
    const now = this.#parts.clock.now();
    const deadlineAt = now + request.timeLeftMs;
    const expiresAt = now + (options.ttlMs ?? Number.POSITIVE_INFINITY);
    await this.#once.deliver(
      { scope, appKey, json: message.json, traceparent },
      { signal, keepForMs: options.deduplicateForMs },
      (parcel, shared) =>
        this.#send({ ...request, signal: shared }, parcel, { deadlineAt, expiresAt }),
    );
  }

  /** After a new configuration, what was refused may be tried again. */
  forgetRefusals(instance: string, robot: Robot): void {
    this.#once.forgetRefusals(scopeOf(instance, robot));
  }

  /** Answers the calls that wait; new ones are not expected. */
  shutDown(): void {
    for (const { queue } of this.#lines.values()) queue.shutDown();
  }

  async #send(
    { robot, message, options, signal }: DeliveryRequest,
    parcel: Parcel,
    limits: { deadlineAt: number; expiresAt: number },
  ): Promise<void> {
    const { clock, random } = this.#parts;
    const line = this.#lineOf(robot);
    const { body, isIdempotent } = withMsgUuid(message, parcel.msgUuid);
    await attempt(
      {
        retries: options.retries,
        isRepeatable: isIdempotent,
        deadlineAt: Math.min(limits.deadlineAt, limits.expiresAt),
        signal,
        acquire: () => acquireOne(line.queue, options, { ...limits, signal }),
        post: () => this.#post({ robot, body, line, signal, timeoutMs: options.responseTimeoutMs }),
        report: (answer) => line.queue.report(answer),
        correctClock: (error) => this.#correctClock(line, error),
      },
      { clock, random },
    );
  }

  async #post(post: {
    robot: Robot;
    body: Buffer;
    line: Line;
    signal: AbortSignal;
    timeoutMs: number;
  }): Promise<void> {
    const { clock, connections } = this.#parts;
    const { robot, body, line, signal, timeoutMs } = post;
    const lease = connections.lease(robot.url.origin);
    const { dispatcher } = lease;
    try {
      await withinTime({ clock, timeoutMs, signal }, (bounded) => {
        const nowMs = clock.now() + line.clockOffsetMs;
        return postMessage({ robot, body, dispatcher, signal: bounded, nowMs });
      });
    } finally {
      lease.release();
    }
  }

  #lineOf(robot: Robot): Line {
    const { clock, createLedger } = this.#parts;
    const key = robotKey(robot);
    const line = this.#lines.get(key) ?? {
      queue: new RobotQueue(createLedger(key), clock),
      clockOffsetMs: 0,
    };
    this.#lines.set(key, line);
    return line;
  }

  #correctClock(line: Line, { reason, serverTimeMs }: RobotRefusedError): boolean {
    if (reason !== "timestamp-invalid" || serverTimeMs === undefined) return false;
    const offsetMs = serverTimeMs - this.#parts.clock.now();
    if (Math.abs(offsetMs - line.clockOffsetMs) < clockToleranceMs) return false;
    line.clockOffsetMs = offsetMs;
    this.#parts.log.warn(
      { offsetMs },
      "this machine's clock differs from DingTalk's; signing by DingTalk's from now on",
    );
    return true;
  }
}

/** Component and address: the same message to another robot is another message. */
function scopeOf(instance: string, { url }: Robot): string {
  return `${instance.length}:${instance}${withoutSignature(url).href}`;
}

async function acquireOne(
  queue: RobotQueue,
  options: DeliveryOptions,
  limits: { deadlineAt: number; expiresAt: number; signal: AbortSignal },
): Promise<Slot> {
  const maxWaitMs = options.overflow === "reject" ? 0 : options.maxWaitMs;
  const { messagesPerMinute: limit, maxQueue } = options;
  const [slot] = await queue.acquire({ count: 1, limit, maxWaitMs, maxQueue, ...limits });
  if (slot === undefined) throw new NotSentError("over-budget");
  return slot;
}

/**
 * The body with the key by which DingTalk recognises repeats. A message that has no room left for
 * it goes without, and is then not repeated when it may have arrived.
 */
function withMsgUuid(
  message: RobotMessage,
  msgUuid: string,
): { body: Buffer; isIdempotent: boolean } {
  const own = message.body.msgUuid;
  if (own !== undefined) return { body: encodeMessage(message), isIdempotent: true };
  const json = `{"msgUuid":${JSON.stringify(msgUuid)},${message.json.slice(1)}`;
  const body = tryEncode({ body: { msgUuid, ...message.body }, json });
  return body === undefined
    ? { body: encodeMessage(message), isIdempotent: false }
    : { body, isIdempotent: true };
}

function tryEncode(message: RobotMessage): Buffer | undefined {
  try {
    return encodeMessage(message);
  } catch (error) {
    if (!(error instanceof InvalidMessageError)) throw error;
    return undefined;
  }
}
