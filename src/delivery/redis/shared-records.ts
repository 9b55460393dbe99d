import { randomUUID } from "node:crypto";
import { type Clock, pause } from "../../base/clock.ts";
import { abortedError } from "../errors.ts";
import { type MessageRecord, redisKeysOf } from "../record.ts";
import { claimScript, renewScript, settleScript } from "./record-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import { sharedKey } from "./redis-script.ts";

/** How an attempt ended. Only a message with the outcome `unknown` is sent again. */
export type SharedOutcome = "sent" | "refused" | "unknown";

/** The right to send a message, or how another replica's attempt ended. */
export interface Claim {
  /** How another replica's attempt ended. Undefined if the message is to be sent here. */
  readonly former: "sent" | "refused" | undefined;
  /** The refusal that another replica kept, as JSON; else empty. */
  readonly refusal: string;
  /** Ends the claim and tells the other replicas. Never rejects. */
  settle(outcome: SharedOutcome, refusal?: string): Promise<void>;
}

/** How long a record counts. */
export interface ClaimTerms {
  readonly keepForMs: number;
  /** A refusal that is older than this is void. */
  readonly configuredForMs: number;
}

/** How long a replica is believed to send a message without a sign of life. */
const leaseMs = 15_000;
const renewEveryMs = leaseMs / 3;
const pollMs = 200;

/** The message records of all replicas together, so that a repeat may come to any of them. */
export class SharedRecords {
  readonly #redis: SharedRedis;
  readonly #clock: Clock;

  constructor(redis: SharedRedis, clock: Clock) {
    this.#redis = redis;
    this.#clock = clock;
  }

  /**
   * Claims the message and brings its record up to date. Waits while another replica sends the
   * message. While Redis is away, this replica's own record is all that counts.
   *
   * @throws {NotSentError} when the record's signal aborts during the wait
   */
  async claim(record: MessageRecord, terms: ClaimTerms): Promise<Claim> {
    record.redisKey = sharedKey("message", record.key);
    const attempt = randomUUID();
    const [kind, detail = ""] = await this.#askUntilKnown(record, attempt, terms);
    const former = kind === "sent" || kind === "refused" ? kind : undefined;
    const { keepForMs } = terms;
    const stopRenewing =
      former === undefined ? this.#keepRenewing(record, attempt, keepForMs) : () => {};
    return {
      former,
      refusal: former === "refused" ? detail : "",
      settle: async (outcome, refusal = "") => {
        // The other replica's record says already that a message with a key was sent.
        if (former === undefined || !record.isAppKey) {
          await this.#settle(record, { attempt, outcome, refusal, keepForMs });
        }
        stopRenewing();
      },
    };
  }

  /** @returns how the script answered; empty while Redis is away */
  async #askUntilKnown(
    record: MessageRecord,
    attempt: string,
    terms: ClaimTerms,
  ): Promise<readonly string[]> {
    let awaited = "";
    for (;;) {
      const given = { attempt, awaited, uuid: record.msgUuid, leaseMs, ...terms };
      const reply = await this.#redis.run(claimScript, redisKeysOf(record), given);
      const [kind, ...details] = Array.isArray(reply) ? reply.map(String) : [];
      if (kind === undefined) return [];
      if (kind === "yours") adopt(record, details);
      if (kind !== "running") return [kind, ...details];
      [awaited = ""] = details;
      await this.#pause(record.signal);
    }
  }

  async #settle(record: MessageRecord, ending: Ending): Promise<void> {
    const { attempt, outcome, refusal, keepForMs } = ending;
    // A message that was answered may be said again; daprd asks again where it got no answer.
    const isAnswered = outcome === "sent" && !record.isAppKey && !record.signal.aborted;
    const { msgUuid: uuid, partsSent: parts, target: robot = "", digest = "" } = record;
    const given = { attempt, outcome, isAnswered, refusal, uuid, parts, robot, digest };
    const times = { keepForMs: Math.max(keepForMs, 1), leaseMs };
    await this.#redis.run(settleScript, redisKeysOf(record), { ...given, ...times });
  }

  #keepRenewing(record: MessageRecord, attempt: string, keepForMs: number): () => void {
    let cancel = (): void => {};
    const renewLater = (): void => {
      cancel = this.#clock.after(renewEveryMs, () => {
        const given = { attempt, parts: record.partsSent, keepForMs, leaseMs };
        void this.#redis.run(renewScript, redisKeysOf(record), given);
        renewLater();
      });
    };
    renewLater();
    return () => cancel();
  }

  #pause(signal: AbortSignal): Promise<void> {
    return pause({ clock: this.#clock, ms: pollMs, signal }).catch(() => {
      throw abortedError(signal);
    });
  }
}

interface Ending {
  readonly attempt: string;
  readonly outcome: SharedOutcome;
  readonly refusal: string;
  readonly keepForMs: number;
}

function adopt(record: MessageRecord, fields: readonly string[]): void {
  const [msgUuid = record.msgUuid, parts = "0", target = "", digest = ""] = fields;
  record.msgUuid = msgUuid;
  record.partsSent = Math.max(record.partsSent, Number(parts));
  if (target !== "") record.target = target;
  if (digest !== "") record.digest = digest;
}
