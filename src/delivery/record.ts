import type { Message } from "./channel.ts";
import type { Job } from "./job.ts";
import type { SharedLedger } from "./redis/shared-ledger.ts";

/** What is known of one message, by which a repeat of it is recognised and goes on where it was. */
export interface MessageRecord {
  /** The hash by which this and other replicas know the message. Set by `Repeats`, for good. */
  readonly key: string;
  /** Which component's message it is, and to which addresses. Set by `Repeats`, for good. */
  readonly scope: string;
  /** Whether the app gave the key. Set by `Repeats`, for good. */
  readonly isAppKey: boolean;
  /**
   * The same for every attempt, so that the target shows the message once. Set by `Repeats`,
   * replaced by `SharedRecords` where another replica has sent the message already.
   */
  msgUuid: string;
  /** How many parts have arrived. Counted by `Line`, raised by `SharedRecords`. */
  partsSent: number;
  /**
   * The hash of the parts that `partsSent` counts. Set by `Line` and by `SharedRecords`, undefined for
   * a whole message.
   */
  cut: string | undefined;
  /**
   * The name of the target that may have the message: only this one recognises a repeat. Set by
   * `Line` after an attempt, by `Digests` with the digest, by `SharedRecords` from another replica.
   */
  target: string | undefined;
  /** Whether the running attempt has begun to post. Set by `Line`, reset by `Repeats`. */
  hasLeft: boolean;
  /** The msgUuid of the digest that may have brought the message. Set with `target`, by the same. */
  digest: string | undefined;
  /** Where other replicas find the record. Set by `SharedRecords`, undefined without Redis. */
  redisKey: string | undefined;
  /**
   * Under which claim this replica sends the message. Set by `SharedRecords`, undefined without
   * Redis.
   */
  claim: RecordClaim | undefined;
  /**
   * Aborts when the last caller of the running attempt has gone, or when another replica has taken
   * the message over. Set by `Repeats`.
   */
  signal: AbortSignal;
  /** The work that goes on now, for all callers of the same message. Set by `Repeats`. */
  attempt: Attempt | undefined;
  /** Whether the message has arrived. Set by `Repeats` at the end of an attempt. */
  isSent: boolean;
  /** Set by `Repeats` at the end of an attempt. A new configuration makes it void. */
  refusal: RememberedRefusal | undefined;
  /**
   * Whether the latest POST carried other messages, too: its refusal says nothing of this message.
   * Set by `Digests`.
   */
  wasMerged: boolean;
  /** By `Clock.elapsed`. Set by `RecordMemory`. */
  expiresAt: number;
}

/** A failure that a repeat gets without another POST. */
export interface RememberedRefusal {
  /** See `Channel.parseFailure`. */
  readonly json: string;
  /** The hash of the message that was refused. Another text under the same key is posted. */
  readonly text: string;
  /** By `Clock.elapsed`. */
  readonly at: number;
  /** By `Clock.elapsed`. */
  readonly until: number;
}

/** The right of one attempt to send a message that other replicas can see. */
export interface RecordClaim {
  /** The name of the attempt. */
  readonly attempt: string;
  /** The target that Redis knows from the claim, and when it was told, by `Clock.elapsed`. */
  marked: { readonly target: string; readonly at: number } | undefined;
  /** The ledger whose slots the message uses: the end of the claim frees them. Set by `Line`. */
  ledger: SharedLedger | undefined;
  /** Called when another replica has taken the message over. */
  lose(): void;
}

/** What an attempt found out: `taken` if another replica has taken the message over. */
export type AttemptEnd = "arrived" | "taken";

/** Work on a message that several callers may wait for. */
export interface Attempt {
  readonly outcome: Promise<AttemptEnd>;
  /** The message of the call that began the work, and its terms. */
  readonly job: Pick<Job<Message>, "json" | "options" | "deadlineAt" | "expiresAt">;
  /** How many callers wait for the outcome. */
  callers: number;
  /** Ends the work, with the reason. */
  abort(reason: unknown): void;
}
