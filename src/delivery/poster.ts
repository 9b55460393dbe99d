import type { Logger } from "pino";
import type { CancelSignal } from "../base/cancellation.ts";
import { type Clock, withinTime } from "../base/clock.ts";
import type { Connections } from "../dingtalk/connections.ts";
import { mayHaveArrived, type RobotRefusedError } from "../dingtalk/errors.ts";
import type { RobotMessage } from "../dingtalk/message.ts";
import { withMsgUuid } from "../dingtalk/outgoing.ts";
import type { Robot } from "../dingtalk/robot.ts";
import { postMessage } from "../dingtalk/robot-answer.ts";
import type { SendWatch } from "../telemetry/watch.ts";
import { attempt } from "./attempts.ts";
import type { Slot } from "./ledger.ts";
import type { DeliveryOptions, Limits } from "./options.ts";
import { accepted, outcomeOf } from "./outcome.ts";
import type { RobotQueue } from "./queue.ts";

/** What all robots have in common. */
export interface LineParts {
  readonly clock: Clock;
  readonly connections: Connections;
  readonly random: () => number;
  readonly log: Logger;
}

/** How one message goes. */
export interface Way {
  readonly robot: Robot;
  readonly options: DeliveryOptions;
  readonly limits: Limits;
  readonly signal: CancelSignal;
  readonly watch: SendWatch;
  /** A place in the budget for each attempt. */
  takeSlot(): Slot | Promise<Slot>;
  /** Told of each attempt after which the robot may have the message. */
  mayHaveArrived(): void;
}

/** Smaller differences come from the way of the answer. */
const clockToleranceMs = 5000;

/** Brings single messages to one robot, by the robot's clock. */
export class Poster {
  readonly #queue: RobotQueue;
  readonly #parts: LineParts;
  /** DingTalk's clock minus ours, in milliseconds. */
  #clockOffsetMs = 0;

  constructor(queue: RobotQueue, parts: LineParts) {
    this.#queue = queue;
    this.#parts = parts;
  }

  /**
   * Tries as often as the options allow.
   *
   * @throws the last failure
   */
  async send(message: RobotMessage, msgUuid: string, way: Way): Promise<void> {
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
        repeats: (former) => way.watch.repeats(outcomeOf(former).reason ?? ""),
      },
      this.#parts,
    );
  }

  async #post(body: Buffer, way: Way): Promise<void> {
    const { robot, options, signal, watch } = way;
    const { clock, connections } = this.#parts;
    const lease = connections.lease(robot.url.origin);
    const { dispatcher } = lease;
    const timeoutMs = options.responseTimeoutMs;
    const answered = watch.posts(robot.url.hostname);
    try {
      await withinTime({ clock, timeoutMs, signal }, (bounded) => {
        const nowMs = clock.now() + this.#clockOffsetMs;
        return postMessage({ robot, body, dispatcher, signal: bounded, nowMs });
      });
      answered(accepted);
    } catch (error) {
      answered(outcomeOf(error));
      if (mayHaveArrived(error)) way.mayHaveArrived();
      throw error;
    } finally {
      lease.release();
    }
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
