import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { CancelSignal } from "../base/cancellation.ts";
import type { Clock } from "../base/clock.ts";
import type { Connections } from "../dingtalk/connections.ts";
import { RobotRefusedError, RobotUnreachableError } from "../dingtalk/errors.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import { partsOf } from "../dingtalk/outgoing.ts";
import { type Robot, robotKey, robotName } from "../dingtalk/robot.ts";
import { bareHref } from "../dingtalk/signature.ts";
import { noWatch, type SendWatch } from "../telemetry/watch.ts";
import { NotSentError } from "./errors.ts";
import { type LineStatus, RobotLine, type Sending } from "./line.ts";
import type { DeliveryOptions } from "./options.ts";
import type { LineParts } from "./poster.ts";
import type { RedisOptions, SharedRedis } from "./redis/redis.ts";
import type { SharedTime } from "./redis/redis-script.ts";
import { Sharings } from "./redis/shared-stores.ts";
import { Once } from "./repeats.ts";

export interface DeliveryRequest {
  /** Component whose messages are compared with each other. */
  readonly instance: string;
  /** One, or a pool for the same readers. */
  readonly robots: readonly Robot[];
  readonly message: RobotMessage;
  /** The app's own key against doubles. */
  readonly appKey: string | undefined;
  readonly traceparent: string | undefined;
  readonly options: DeliveryOptions;
  readonly signal: CancelSignal;
  /** Until the caller's deadline, infinite without one. */
  readonly timeLeftMs: number;
  readonly watch?: SendWatch | undefined;
}

export interface DeliveryParts {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
  /** The clock of all replicas that share a Redis; its own by default. */
  readonly sharedTime?: () => SharedTime;
}

/** What a component says of itself once. */
export interface DeliveryConfig {
  readonly robots: readonly Robot[];
  /** Where all replicas keep limits and repeats together. */
  readonly redis?: RedisOptions | undefined;
}

/** How long a robot of a pool is left out that cannot send. */
const restMs = 60_000;

/** Every message arrives once, or its sender knows why not. */
export class Delivery {
  readonly #parts: LineParts;
  readonly #once: Once;
  readonly #sharings: Sharings;
  /** Which component's Redis counts a robot's limit, by robot key. */
  readonly #sharer = new Map<string, string>();
  /** By robot key, which is a secret and never leaves. */
  readonly #lines = new Map<string, RobotLine>();
  /** Robots of a pool that are left out for a while, by key. */
  readonly #restingUntil = new Map<string, number>();

  constructor({ random = Math.random, sharedTime, ...parts }: DeliveryParts) {
    this.#parts = { ...parts, random };
    this.#once = new Once(parts.clock, randomUUID);
    this.#sharings = new Sharings(parts.clock, { log: parts.log, sharedTime });
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
    const { robots, message, appKey, traceparent, options, watch = noWatch } = request;
    // A message that is too long fails before anything is remembered of it.
    const parts = partsOf(message, options);
    const now = this.#parts.clock.now();
    const limits = {
      deadlineAt: now + request.timeLeftMs,
      expiresAt: now + (options.ttlMs ?? Number.POSITIVE_INFINITY),
    };
    const scope = scopeOf(request.instance, robots);
    await this.#once.deliver(
      { scope, appKey, json: message.json, traceparent },
      {
        signal: request.signal,
        keepForMs: options.deduplicateForMs,
        shared: this.#sharings.of(request.instance)?.memory,
        onDuplicate: () => watch.suppressed(),
      },
      (parcel, signal) =>
        this.#sendByOneOf(robots, { parts, parcel, options, limits, signal, watch }),
    );
  }

  /** Before a component's first message, and when it changes: what was refused may be tried again. */
  configure(instance: string, { robots, redis }: DeliveryConfig): void {
    this.#once.forgetRefusals(scopeOf(instance, robots));
    this.#sharings.configure(instance, redis);
    for (const [key, sharer] of this.#sharer) if (sharer === instance) this.#sharer.delete(key);
    if (redis !== undefined)
      for (const robot of robots) this.#sharer.set(robotKey(robot), instance);
    for (const [key, line] of this.#lines) line.share(this.#redisOf(key));
  }

  /** How the robots of a component stand together: their sums, and the longest penalty. */
  status(robots: readonly Robot[], { messagesPerMinute }: DeliveryOptions): LineStatus {
    const lines = robots.map((robot) => this.#lineOf(robot).status(messagesPerMinute));
    const sum = (name: keyof LineStatus): number =>
      lines.reduce((total, line) => total + line[name], 0);
    return {
      budgetLeft: sum("budgetLeft"),
      queueLength: sum("queueLength"),
      penaltyMs: Math.max(...lines.map(({ penaltyMs }) => penaltyMs)),
    };
  }

  /** Answers the calls that wait; new ones are not expected. */
  shutDown(): void {
    for (const line of this.#lines.values()) line.shutDown();
  }

  /** When the last call has its answer. */
  close(): void {
    this.#sharings.close();
  }

  /** The robot with the most budget left first; the next one where a robot, not the message, is at fault. */
  async #sendByOneOf(robots: readonly Robot[], sending: Omit<Sending, "robot">): Promise<void> {
    const { parcel, options } = sending;
    const bound = boundTo(parcel.robot, robots);
    const candidates = bound.length === 0 ? this.#byBudget(robots, options) : bound;
    let failure: unknown;
    for (const robot of candidates) {
      try {
        return await this.#lineOf(robot).send({ ...sending, robot });
      } catch (error) {
        failure = error;
        if (parcel.robot !== undefined || !isRobotsFault(error)) throw error;
        // The ledger knows when a robot without a free place has one again.
        if (error instanceof NotSentError) continue;
        this.#restingUntil.set(robotKey(robot), this.#parts.clock.now() + restMs);
      }
    }
    throw failure;
  }

  #byBudget(robots: readonly Robot[], { messagesPerMinute }: DeliveryOptions): readonly Robot[] {
    if (robots.length === 1) return robots;
    const now = this.#parts.clock.now();
    const awake = robots.filter((robot) => (this.#restingUntil.get(robotKey(robot)) ?? 0) <= now);
    const left = (robot: Robot): number => this.#lineOf(robot).left(messagesPerMinute);
    return (awake.length > 0 ? [...awake] : [...robots]).sort((a, b) => compare(left(b), left(a)));
  }

  #lineOf(robot: Robot): RobotLine {
    const key = robotKey(robot);
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const line = new RobotLine(key, this.#parts);
    line.share(this.#redisOf(key));
    this.#lines.set(key, line);
    return line;
  }

  #redisOf(key: string): SharedRedis | undefined {
    const sharer = this.#sharer.get(key);
    return sharer === undefined ? undefined : this.#sharings.of(sharer)?.redis;
  }
}

/** Component and addresses: the same message to another robot is another message. */
function scopeOf(instance: string, robots: readonly Robot[]): string {
  const addresses = robots.map(({ url }) => bareHref(url));
  return `${instance.length}:${instance}${addresses.join("\n")}`;
}

/** The robot of that name alone, if it is one of these. */
function boundTo(name: string | undefined, robots: readonly Robot[]): readonly Robot[] {
  return name === undefined ? [] : robots.filter((robot) => name === robotName(robotKey(robot)));
}

/** Another robot of the pool may take the message. */
function isRobotsFault(error: unknown): boolean {
  if (error instanceof NotSentError) return ["robot-closed", "over-budget"].includes(error.reason);
  if (error instanceof RobotUnreachableError) return true;
  return error instanceof RobotRefusedError && !["message", "busy"].includes(error.kind);
}

/** Infinity minus itself is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
