import { randomUUID } from "node:crypto";
import { type Clock, pause } from "../../base/clock.ts";
import { abortedError } from "../errors.ts";
import type { MessageRecord } from "../record.ts";
import { repeatForMs } from "../repeat-time.ts";
import { leaseMs } from "./lease.ts";
import {
  claimKeyedScript,
  claimUnkeyedScript,
  renewScript,
  settleScript,
} from "./record-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import { sharedKey } from "./redis-script.ts";

/** How a former attempt ended, so that nothing is posted for its repeat. */
export type Former =
  | { readonly kind: "sent" }
  /** `refusal` is what `Channel.parseFailure` reads, `agoMs` the time since DingTalk's answer. */
  | { readonly kind: "refused"; readonly refusal: string; readonly agoMs: number };

/** How an attempt ended. */
export interface Ending {
  /** Only a message with the outcome `unknown` is sent again. */
  readonly outcome: "sent" | "refused" | "unknown";
  /** The attempt's own refusal, and how long it is repeated to others. */
  readonly refusal?: { readonly json: string; readonly text: string; readonly forMs: number };
  /** Whether the caller has gone without having heard the outcome. */
  readonly isGone: boolean;
}

/** The right to send a message, or how another replica's attempt ended. */
export interface Claim {
  /** Undefined if the message is to be sent here. */
  readonly former: Former | undefined;
  /** Whether another replica has taken the message over, because this one stood still. */
  readonly isLost: boolean;
  /** Ends the claim and tells the other replicas. Never rejects. */
  settle(ending: Ending): Promise<void>;
}

/** How long a record counts. */
export interface ClaimTerms {
  readonly keepForMs: number;
  /** A refusal that is older than this is void. */
  readonly configuredForMs: number;
  /** The hash of the message. A refusal of another text is void. */
  readonly text: string;
}

/** The claim of a replica that is alone. */
export const unsharedClaim: Claim = {
  former: undefined,
  isLost: false,
  settle: async () => {},
};

const renewEveryMs = leaseMs / 3;
const pollMs = 200;

/** The message records of all replicas together, so that a repeat may come to any of them. */
export class SharedRecords {
  readonly #redis: SharedRedis;
  readonly #clock: Clock;
  /** This process, as it names itself to the others. */
  readonly #replica = randomUUID();

  constructor(redis: SharedRedis, clock: Clock) {
    this.#redis = redis;
    this.#clock = clock;
  }

  /**
   * Claims the message and brings its record up to date. Waits while another replica sends the
   * message. `taken`: another replica has repeated the message that this call was to repeat. While
   * Redis is away, this replica's own record is all that counts.
   *
   * @throws {NotSentError} when the record's signal aborts during the wait
   */
  async claim(record: MessageRecord, terms: ClaimTerms): Promise<Claim | "taken"> {
    const isRepeat = record.redisKey !== undefined;
    record.redisKey ??= keyOf(record);
    const attempt = randomUUID();
    const reply = await this.#askUntilKnown(record, { attempt, isRepeat, ...terms });
    if (reply?.kind === "taken") return "taken";
    if (reply !== undefined) adopt(record, reply);
    const former = formerOf(reply);
    // The other replica's record says already that a message with a key was sent.
    if (former !== undefined && record.isAppKey) return { ...unsharedClaim, former };
    const { keepForMs } = terms;
    const lease = reply === undefined ? noLease : this.#hold(record, { attempt, keepForMs });
    const isClaimed = reply !== undefined;
    return {
      former,
      get isLost() {
        return lease.isLost;
      },
      settle: async (ending) => {
        await this.#settle(record, { ...ending, attempt, isClaimed, keepForMs });
        lease.end();
      },
    };
  }

  /** @returns how the script answered; undefined while Redis is away */
  async #askUntilKnown(record: MessageRecord, question: object): Promise<Reply | undefined> {
    let since = "";
    for (;;) {
      const identity = { uuid: record.msgUuid, replica: this.#replica };
      const given = { ...question, ...identity, since, leaseMs, repeatForMs };
      const reply = record.isAppKey
        ? await this.#redis.run(claimKeyedScript, keysOf(record), given)
        : await this.#redis.run(claimUnkeyedScript, unkeyedKeysOf(record), given);
      if (!Array.isArray(reply)) return undefined;
      const [kind = "", ...details] = reply.map(String);
      if (kind !== "running") return { kind, details };
      [since = ""] = details;
      await this.#pause(record.signal);
    }
  }

  /** Tells the other replicas that this one lives, until the end. */
  #hold(record: MessageRecord, { attempt, keepForMs }: Omit<ClaimDetails, "isClaimed">): Lease {
    const lease = {
      isLost: false,
      end: (): void => {
        record.claim = undefined;
        cancel();
      },
    };
    const lose = (): void => {
      if (lease.isLost || record.claim?.attempt !== attempt) return;
      lease.isLost = true;
      lease.end();
      record.attempt?.abort(new Error("another replica has taken the message over"));
    };
    const renew = async (): Promise<void> => {
      const given = { ...this.#fieldsOf(record), attempt, keepForMs, leaseMs };
      if ((await this.#redis.run(renewScript, keysOf(record), given)) === 0) lose();
    };
    const renewLater = (): (() => void) =>
      this.#clock.after(renewEveryMs, () => {
        cancel = renewLater();
        void renew();
      });
    let cancel = renewLater();
    record.claim = { attempt, lose };
    return lease;
  }

  async #settle(record: MessageRecord, ending: Ending & ClaimDetails): Promise<void> {
    const given = { ...this.#fieldsOf(record), ...ending, leaseMs };
    await this.#redis.run(settleScript, keysOf(record), given);
  }

  #fieldsOf({
    msgUuid: uuid,
    partsSent: parts,
    cut = "",
    target: robot = "",
    digest = "",
  }: MessageRecord) {
    return { uuid, parts, cut, robot, digest, replica: this.#replica };
  }

  #pause(signal: AbortSignal): Promise<void> {
    return pause({ clock: this.#clock, ms: pollMs, signal }).catch(() => {
      throw abortedError(signal);
    });
  }
}

interface ClaimDetails {
  readonly attempt: string;
  /** Whether Redis has heard of the attempt. */
  readonly isClaimed: boolean;
  readonly keepForMs: number;
}

interface Lease {
  readonly isLost: boolean;
  end(): void;
}

/** Of an attempt that Redis has not heard of. */
const noLease: Lease = { isLost: false, end: () => {} };

interface Reply {
  readonly kind: string;
  /** The record's key, msgUuid, parts, target and digest; a refusal, how long ago it came; the cut. */
  readonly details: readonly string[];
}

/** Calls with the same key share a record, each call without a key has its own. */
function keyOf({ key, isAppKey, msgUuid }: MessageRecord): string {
  return sharedKey("message", isAppKey ? key : `${key} ${msgUuid}`);
}

/** The record and, for a message without a key, the index of its text. */
function keysOf({ redisKey = "", key, isAppKey }: MessageRecord): string[] {
  return isAppKey ? [redisKey] : [redisKey, sharedKey("attempts", key)];
}

function unkeyedKeysOf(record: MessageRecord): string[] {
  return [...keysOf(record).reverse(), sharedKey("message", record.key)];
}

function formerOf(reply: Reply | undefined): Former | undefined {
  if (reply?.kind === "sent") return { kind: "sent" };
  if (reply?.kind !== "refused") return undefined;
  const [refusal = "", agoMs = "0"] = reply.details.slice(5);
  return { kind: "refused", refusal, agoMs: Number(agoMs) };
}

function adopt(record: MessageRecord, { details }: Reply): void {
  const [redisKey, msgUuid = record.msgUuid, parts = "0", target = "", digest = ""] = details;
  const cut = details[7] || undefined;
  record.redisKey = redisKey;
  record.msgUuid = msgUuid;
  // Parts of another cut are other parts.
  const own = cut === record.cut ? record.partsSent : 0;
  if (cut !== undefined || record.cut === undefined) {
    record.partsSent = Math.max(own, Number(parts));
  }
  record.cut = cut ?? record.cut;
  if (target !== "") record.target = target;
  if (digest !== "") record.digest = digest;
}
