import type { FaultEffect } from "../api/types.ts";
import { remark } from "../robot/remark.ts";
import type { StreamConnection } from "../stream/connection.ts";
import {
  type Ack,
  garbageFrame,
  type MessageFrame,
  messageFrame,
  newMessageId,
} from "../stream/frames.ts";
import { type Delivery, lateRemark, type PushRecord } from "./delivery.ts";

/** How long a program may take for its ack, as DingTalk's documents say. */
const maxAckMs = 3000;

/** How often a message is pushed, and where to. */
export interface StreamPushOptions {
  /** How often the message is pushed again if nobody acks it. */
  readonly redeliveries: number;
  /** Default: a live connection of the robot, by chance. */
  readonly connection?: StreamConnection | undefined;
}

/**
 * Pushes a message to one connection, and again as long as nobody acks it.
 *
 * @returns a promise that resolves with the first ack, after 3 seconds without one, or at once
 * without a connection
 */
export function pushByStream(delivery: Delivery, options: StreamPushOptions): Promise<void> {
  return new Promise((resolve) => {
    new StreamDelivery(delivery, resolve).push(options);
  });
}

class StreamDelivery {
  readonly #delivery: Delivery;
  /** Called when there is something to tell; more calls do nothing. */
  readonly #tell: () => void;

  constructor(delivery: Delivery, tell: () => void) {
    this.#delivery = delivery;
    this.#tell = tell;
  }

  push({ redeliveries, connection = this.#pick() }: StreamPushOptions): void {
    const { deps, room } = this.#delivery;
    if (connection === undefined) this.#drop();
    else this.#pushOn(connection, deps.rooms.takeFault(room, "push", deps.random));
    const isDropped = connection === undefined && this.#delivery.callback?.pushes.length === 0;
    // DingTalk does not keep a message for a program that has no connection.
    if (isDropped || this.#delivery.callback === undefined) return;
    deps.timers.after(room.human.redeliverAfterSeconds * 1000, () => this.#pushAgain(redeliveries));
  }

  #pick(): StreamConnection | undefined {
    const { deps, room } = this.#delivery;
    return deps.connections.pick(room.human.clientId, deps.random);
  }

  #pushAgain(redeliveries: number): void {
    const { callback } = this.#delivery;
    if (callback === undefined || callback.state === "answered") return;
    if (redeliveries > 0) {
      this.push({ redeliveries: redeliveries - 1 });
      return;
    }
    const pushes = callback.pushes.length;
    const problem = remark("stream-unacked", "the message was not acked", { pushes });
    this.#delivery.change({ state: "failed", problem: callback.problem ?? problem });
  }

  #drop(): void {
    const text = "no connection was open: DingTalk would have dropped the message";
    const problem = remark("stream-no-connection", text);
    if (this.#delivery.callback?.state !== "answered") {
      this.#delivery.change({ state: "failed", problem });
    }
    this.#tell();
  }

  #pushOn(connection: StreamConnection, fault: FaultEffect | undefined): void {
    const { deps, callback } = this.#delivery;
    if (callback === undefined) return;
    const now = deps.clock.now();
    const messageId = newMessageId(now);
    const facts = { connection: connection.id, messageId, fault: fault ?? null };
    const record = this.#delivery.addPush(facts);
    const cancelLate = deps.timers.after(maxAckMs, () => {
      record.remark(lateRemark("ack-late", { ms: maxAckMs, maxMs: maxAckMs }));
      this.#tell();
    });
    deps.connections.expect({
      connection,
      messageId,
      onAck: (ack) => {
        cancelLate();
        this.#keepAck(record, ack);
      },
      onRemark: record.remark,
    });
    const { clientId } = connection.facts;
    const frame = { messageId, clientId, connectionId: connection.id, now, data: callback.body };
    this.#transmit(connection, frame, fault);
  }

  #transmit(
    connection: StreamConnection,
    frame: MessageFrame,
    fault: FaultEffect | undefined,
  ): void {
    const send = () => connection.send(messageFrame(frame));
    switch (fault?.type) {
      case "no-pong":
        connection.fallSilent();
        break;
      case "zombie":
        connection.becomeZombie();
        break;
      case "cut":
        connection.cut();
        break;
      case "cut-after-frame":
        connection.send(messageFrame(frame), () => connection.cut());
        break;
      case "disconnect":
        send();
        connection.disconnect();
        break;
      case "garbage":
        connection.send(garbageFrame(fault.garbage, frame));
        send();
        break;
      case "duplicate":
        send();
        this.#pushOn(connection, undefined);
        break;
      case "slow":
        this.#delivery.deps.timers.after(fault.delayMs, send);
        break;
      default:
        send();
    }
  }

  #keepAck(record: PushRecord, { code, isDataText }: Ack): void {
    const durationMs = record.elapsedMs();
    const isFirst = this.#delivery.callback?.state !== "answered";
    const done = { state: "answered", problem: null, durationMs } as const;
    record.change({ code: code ?? null, durationMs }, isFirst ? done : {});
    if (code !== 200) {
      const text = `the ack's code is ${code ?? "missing"}: what DingTalk does then is not known`;
      record.remark(remark("ack-code", text, { code: code ?? "" }));
    }
    if (!isDataText) record.remark(remark("ack-data-no-string", "the ack's data is no string"));
    this.#tell();
  }
}
