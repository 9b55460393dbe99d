import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../base/clock.ts";
import type { MessageRecord, RecordClaim } from "../record.ts";
import {
  type Claim,
  type ClaimTerms,
  type Ending,
  type Former,
  type GrantedSlots,
  unsharedClaim,
} from "./claim.ts";
import { renewEveryMs } from "./lease.ts";
import {
  claimKeyedScript,
  claimUnkeyedScript,
  renewScript,
  settleScript,
} from "./record-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import type { SlotsQuestion } from "./shared-ledger.ts";
import { SharedWaits } from "./shared-waits.ts";

/** The message records of all replicas together, so that a repeat may come to any of them. */
export class SharedRecords {
  readonly #redis: SharedRedis;
  readonly #clock: Clock;
  readonly #waits: SharedWaits;
  /** This process, as it names itself to the others. */
  readonly #replica = randomUUID();
  #attempts = 0;

  constructor(redis: SharedRedis, clock: Clock) {
    this.#redis = redis;
    this.#clock = clock;
    this.#waits = new SharedWaits(redis, clock);
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
    record.redisKey ??= keyOf(record, terms.prefix);
    this.#attempts += 1;
    const attempt = `${this.#replica}${this.#attempts}`;
    const question = { ...terms, attempt, isRepeat };
    const askedAt = this.#clock.elapsed();
    const { reply: first, taken } = await this.#askOnce(record, question, "");
    const granted = await grantedOf(terms.slots, first, taken);
    const reply = first?.kind === "running" ? await this.#wait(record, question, first) : first;
    if (reply?.kind === "taken") return "taken";
    if (reply !== undefined) adopt(record, reply);
    const former = formerOf(reply);
    // The other replica's record says already that a message with a key was sent.
    if (former !== undefined && record.isAppKey) return { ...unsharedClaim, former };
    const held = { attempt, keepForMs: terms.keepForMs, keys: keysOf(record, terms.prefix) };
    const marked = granted && { target: granted.target, at: askedAt };
    const lease = reply === undefined ? noLease : this.#hold(record, { ...held, marked });
    return {
      former,
      granted,
      get isLost() {
        return lease.isLost;
      },
      settle: async (ending) => {
        const heard = this.#settle(record, held, { ...ending, isClaimed: reply !== undefined });
        lease.end();
        // The request leaves in this turn of the event loop. A kill after the turn does not stop it.
        if (ending.outcome === "sent") await setImmediate();
        // The repeat of a failed call may come to another replica at once. It must find the end.
        else await heard;
      },
    };
  }

  /** Waits for the replica that sends the message now. */
  async #wait(record: MessageRecord, question: Question, first: Reply): Promise<Reply | undefined> {
    const later = { ...question, slots: undefined };
    const channel = keysOf(record, question.prefix).at(-1) ?? "";
    return await this.#waits.until({ channel, signal: record.signal }, async () => {
      const { reply } = await this.#askOnce(record, later, first.since);
      return reply?.kind === "running" ? { againInMs: reply.againInMs } : { known: reply };
    });
  }

  /** Asks how the message stands; the answer is undefined while Redis is away. */
  async #askOnce(record: MessageRecord, question: Question, since: string): Promise<Answer> {
    const { attempt, isRepeat, keepForMs, configuredForMs, text, prefix, slots } = question;
    const keys = [...keysOf(record, prefix), ...(slots?.keys ?? [])];
    const given = {
      ...{ uuid: record.msgUuid, replica: this.#replica, attempt, isRepeat, since },
      ...{ keepForMs, configuredForMs, text, target: slots?.target, slots: slots?.given },
    };
    const script = record.isAppKey ? claimKeyedScript : claimUnkeyedScript;
    const answer = await this.#redis.run(script, keys, given);
    if (!Array.isArray(answer) || !Array.isArray(answer[0])) return {};
    const [kind = "", ...details] = answer[0].map(String);
    const [first = "", againInMs = "0"] = details;
    return {
      reply: { kind, details, since: first, againInMs: Number(againInMs) },
      taken: answer[1],
    };
  }

  /** Tells the other replicas that this one lives, until the end. */
  #hold(record: MessageRecord, { attempt, keepForMs, keys, marked }: Hold): Lease {
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
      const given = { ...this.#fieldsOf(record), attempt, keepForMs };
      if ((await this.#redis.run(renewScript, keys, given)) === 0) lose();
    };
    const renewLater = (): (() => void) =>
      this.#clock.after(renewEveryMs, () => {
        cancel = renewLater();
        void renew();
      });
    let cancel = renewLater();
    record.claim = { attempt, lose, marked, ledger: undefined };
    return lease;
  }

  /** Ends the attempt, and frees the slots that it has used. */
  async #settle(
    record: MessageRecord,
    { attempt, keepForMs, keys }: Hold,
    end: End,
  ): Promise<void> {
    const ledger = record.claim?.ledger;
    const isJoined = ledger?.goesWith(this.#redis, keys[0] ?? "") ?? false;
    const freed = isJoined ? ledger?.takeFreed() : undefined;
    const given = {
      ...{ ...this.#fieldsOf(record), ...end, attempt, keepForMs },
      ...{ isIndexed: !record.isAppKey, slots: freed?.given },
    };
    const heard = await this.#redis.run(settleScript, [...keys, ...(freed?.keys ?? [])], given);
    if (heard === undefined) freed?.keep();
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
}

interface Question extends ClaimTerms {
  readonly attempt: string;
  /** Whether the record has been at Redis before. */
  readonly isRepeat: boolean;
}

interface Answer {
  readonly reply?: Reply;
  /** The answer of `takeSlots`. */
  readonly taken?: unknown;
}

interface Reply {
  readonly kind: string;
  /** The record's key, msgUuid, parts, target and digest; a refusal, how long ago it came; the cut. */
  readonly details: readonly string[];
  /** Of `running`: when the call asked first, by the replicas' common clock. */
  readonly since: string;
  /** Of `running`: when the other replica has given a sign of life at the latest. */
  readonly againInMs: number;
}

interface Hold {
  readonly attempt: string;
  readonly keepForMs: number;
  /** The record and, for a message without a key, the index of its text. */
  readonly keys: readonly string[];
  readonly marked?: RecordClaim["marked"];
}

interface End extends Ending {
  /** Whether Redis has heard of the attempt. */
  readonly isClaimed: boolean;
}

interface Lease {
  readonly isLost: boolean;
  end(): void;
}

/** Of an attempt that Redis has not heard of. */
const noLease: Lease = { isLost: false, end: () => {} };

/** What the answer to a claim says of the slots that were asked for with it. */
async function grantedOf(
  slots: SlotsQuestion | undefined,
  claim: Reply | undefined,
  taken: unknown,
): Promise<GrantedSlots | undefined> {
  if (slots === undefined) return undefined;
  if (claim !== undefined && taken === undefined) {
    slots.drop();
    return undefined;
  }
  const answer = await slots.answered(taken);
  if (answer.kind !== "granted") return undefined;
  return { target: slots.target, slots: [...answer.slots] };
}

/** Calls with the same key share a record, each call without a key has its own. */
function keyOf({ key, isAppKey, msgUuid }: MessageRecord, prefix: string): string {
  return `${prefix}message:${key}${isAppKey ? "" : `:${msgUuid}`}`;
}

function keysOf({ redisKey = "", key, isAppKey }: MessageRecord, prefix: string): string[] {
  return isAppKey ? [redisKey] : [redisKey, `${prefix}attempts:${key}`];
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
