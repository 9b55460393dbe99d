import { randomUUID } from "node:crypto";
import type { CancelSignal } from "../../base/cancellation.ts";
import { type Clock, pause } from "../../base/clock.ts";
import { isRefusal, RobotRefusedError } from "../../dingtalk/errors.ts";
import { abortedError } from "../errors.ts";
import { type Deliver, type Parcel, recordKeysOf } from "../record.ts";
import { claimScript, renewScript, settleScript } from "./record-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import { sharedKey } from "./redis-script.ts";

/** A message as all replicas know it. */
export interface SharedMessage {
  /** The same at every replica. */
  readonly key: string;
  readonly isAppKey: boolean;
  readonly keepForMs: number;
  /** Refusals from before the component's latest configuration are void. */
  readonly configuredForMs: number;
  /** Told when another replica's outcome counts. */
  onDuplicate(): void;
}

type Outcome = "sent" | "refused" | "unknown";

interface Settlement {
  readonly outcome: Outcome;
  readonly refusal?: string;
  readonly signal: CancelSignal;
}

/** A process that was killed is believed to send for so long. */
const leaseMs = 15_000;
const renewEveryMs = leaseMs / 3;
const pollMs = 200;

/** What the replicas remember together of messages, so that a repeat may come to any of them. */
export class SharedMemory {
  readonly #redis: SharedRedis;
  readonly #clock: Clock;

  constructor(redis: SharedRedis, clock: Clock) {
    this.#redis = redis;
    this.#clock = clock;
  }

  /**
   * Does the work unless another replica does it or did; then its outcome counts. While Redis is
   * away this replica's own memory is all there is.
   *
   * @throws {RobotRefusedError} what another replica was told
   */
  async deliver(
    message: SharedMessage,
    parcel: Parcel,
    signal: CancelSignal,
    work: Deliver,
  ): Promise<void> {
    const attempt = randomUUID();
    parcel.recordKey = sharedKey("message", message.key);
    const settle = (settlement: Settlement): Promise<void> =>
      this.#settle(message, parcel, attempt, settlement);
    if (await this.#isSentElsewhere(message, parcel, attempt, signal)) {
      message.onDuplicate();
      if (!message.isAppKey) await settle({ outcome: "sent", signal });
      return;
    }
    const stopRenewing = this.#keepRenewing(message, parcel, attempt);
    try {
      await work(parcel, signal);
      await settle({ outcome: "sent", signal });
    } catch (error) {
      await settle({ ...settlementOf(error), signal });
      throw error;
    } finally {
      stopRenewing();
    }
  }

  /** Takes the message on and fills in its parcel, unless another replica has sent it. */
  async #isSentElsewhere(
    { configuredForMs, keepForMs, onDuplicate }: SharedMessage,
    parcel: Parcel,
    attempt: string,
    signal: CancelSignal,
  ): Promise<boolean> {
    let awaited = "";
    for (;;) {
      const given = { attempt, awaited, uuid: parcel.msgUuid, configuredForMs, keepForMs, leaseMs };
      const reply = await this.#redis.run(claimScript, recordKeysOf(parcel), given);
      const [kind, detail, ...parcelFields] = Array.isArray(reply) ? reply.map(String) : [];
      if (kind === "sent") return true;
      if (kind === "refused") {
        onDuplicate();
        throw readRefusal(detail);
      }
      if (kind !== "running") {
        if (kind === "yours") adopt(parcel, detail, parcelFields);
        return false;
      }
      awaited = detail ?? "";
      await this.#pause(signal);
    }
  }

  async #settle(
    { isAppKey, keepForMs }: SharedMessage,
    parcel: Parcel,
    attempt: string,
    { outcome, refusal = "", signal }: Settlement,
  ): Promise<void> {
    // What was answered may be said again; daprd asks again for what it got no answer to.
    const isAnswered = outcome === "sent" && !isAppKey && !signal.aborted;
    const { msgUuid: uuid, partsSent: parts, robot = "", digest = "" } = parcel;
    const given = { attempt, outcome, isAnswered, refusal, uuid, parts, robot, digest };
    const times = { keepForMs: Math.max(keepForMs, 1), leaseMs };
    await this.#redis.run(settleScript, recordKeysOf(parcel), { ...given, ...times });
  }

  #keepRenewing({ keepForMs }: SharedMessage, parcel: Parcel, attempt: string): () => void {
    let cancel = (): void => {};
    const renewLater = (): void => {
      cancel = this.#clock.after(renewEveryMs, () => {
        const given = { attempt, parts: parcel.partsSent, keepForMs, leaseMs };
        void this.#redis.run(renewScript, recordKeysOf(parcel), given);
        renewLater();
      });
    };
    renewLater();
    return () => cancel();
  }

  #pause(signal: CancelSignal): Promise<void> {
    return pause({ clock: this.#clock, ms: pollMs, signal }).catch(() => {
      throw abortedError(signal);
    });
  }
}

function adopt(parcel: Parcel, msgUuid = parcel.msgUuid, fields: readonly string[]): void {
  const [parts = "0", robot = "", digest = ""] = fields;
  parcel.msgUuid = msgUuid;
  parcel.partsSent = Math.max(parcel.partsSent, Number(parts));
  if (robot !== "") parcel.robot = robot;
  if (digest !== "") parcel.digest = digest;
}

function settlementOf(error: unknown): { outcome: Outcome; refusal?: string } {
  if (!(error instanceof RobotRefusedError && error.isPermanent)) return { outcome: "unknown" };
  const { errcode, kind, reason, message: summary, remedy } = error;
  return {
    outcome: "refused",
    refusal: JSON.stringify({ errcode, kind, reason, summary, remedy }),
  };
}

function readRefusal(text = ""): RobotRefusedError {
  const refusal: unknown = JSON.parse(text);
  if (!isRefusal(refusal)) throw new Error("another version keeps other refusals in Redis");
  const errcode = "errcode" in refusal ? Number(refusal.errcode) : undefined;
  return new RobotRefusedError(refusal, { errcode, errmsg: "", serverTimeMs: undefined });
}
