import { hash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { factsOf, type Message } from "./channel.ts";
import { NotSentError } from "./errors.ts";
import type { Job } from "./job.ts";
import { limitWait, timeIsUp } from "./limit-wait.ts";
import { keyOf } from "./message-key.ts";
import type { Attempt, AttemptEnd, MessageRecord } from "./record.ts";
import { RecordMemory } from "./record-memory.ts";
import {
  type Claim,
  type Ending,
  type Former,
  type GrantedSlots,
  unsharedClaim,
} from "./redis/claim.ts";
import type { SlotsQuestion } from "./redis/shared-ledger.ts";
import type { SharedRecords } from "./redis/shared-records.ts";
import { repeatForMs } from "./repeat-time.ts";

/** Whose messages are compared with each other. */
export interface RepeatsScope {
  /** The component and its addresses. It holds secrets. */
  readonly scope: string;
  /** Failures that other replicas kept before this moment, by `Clock.elapsed`, are void. */
  readonly configuredAt: number;
  /** Whether another configuration has replaced this one. */
  readonly isClosed: boolean;
  /** The records of all replicas. Undefined without Redis. */
  readonly records: SharedRecords | undefined;
  /** What the keys begin with that the component's messages have at Redis. */
  readonly redisPrefix: string;
  /** See `Channel.parseFailure`. */
  parseFailure(json: string, agoMs: number): Error;
  /** See `Channel.givenUp`. */
  givenUp(signal: AbortSignal): Error;
}

/** What is done for a message that is no repeat. */
export interface Work {
  /**
   * Sends the message. Resolves when it has arrived.
   *
   * @param granted slots that were taken with the claim; those that are left in the list come back
   */
  send(record: MessageRecord, granted: GrantedSlots | undefined): Promise<void>;
  /** A question for the slots of the message, which is asked with the claim if it is defined. */
  askForSlots?(record: MessageRecord): SlotsQuestion | undefined;
}

/** The signal of a record without an attempt. */
const neverAborts = new AbortController().signal;

/** Recognises repeats of a message. */
export class Repeats {
  readonly #clock: Clock;
  readonly #createUuid: () => string;
  /** The messages with a key that are sent now, by key. */
  readonly #running = new Map<string, MessageRecord>();
  /** Former messages with a key. */
  readonly #keyed: RecordMemory;
  /**
   * Messages without a key that may be repeated, each by one call: those that failed and those
   * whose caller went away.
   */
  readonly #open: RecordMemory;

  constructor(clock: Clock, createUuid: () => string) {
    this.#clock = clock;
    this.#createUuid = createUuid;
    this.#keyed = new RecordMemory(clock);
    this.#open = new RecordMemory(clock);
  }

  /** How many keys were forgotten before their time, because there were too many. */
  get forgottenKeys(): number {
    return this.#keyed.forgotten;
  }

  /**
   * Does the work unless the message is a repeat.
   *
   * Calls with the same key are one message: a repeat joins the running attempt, gets the former
   * outcome, or goes under the same msgUuid if the outcome is unknown.
   *
   * Without a key, daprd's own retry is the only repeat. It comes after the former attempt has
   * failed or its caller has gone away, and it is the only one for that attempt. Calls of callers
   * that wait are never joined: an app may say the same thing twice.
   */
  async run<M extends Message>(job: Job<M>, scope: RepeatsScope, work: Work): Promise<void> {
    const { json, appKey, traceparent } = job;
    const key = keyOf({ scope: scope.scope, json, appKey, traceparent });
    const task = { key, job, scope, work };
    let end: AttemptEnd;
    // Another replica takes a message over from a replica that stood still.
    do {
      end = await (appKey === undefined ? this.#runAlone(task) : this.#runKeyed(task, appKey));
    } while (end === "taken");
  }

  /** What was refused may be tried again: a new configuration may have mended its cause. */
  forgetRefusals(scope: string): void {
    for (const memory of [this.#keyed, this.#open]) {
      for (const record of memory) if (record.scope === scope) record.refusal = undefined;
    }
  }

  async #runKeyed<M extends Message>(task: Task<M>, appKey: string): Promise<AttemptEnd> {
    const { key, job, scope } = task;
    for (;;) {
      const running = this.#running.get(key);
      if (running?.attempt === undefined || !running.signal.aborted) break;
      // Nobody waits for the attempt; what became of it is known in a moment.
      await endOf(running.attempt);
    }
    // From here to the start of an attempt nothing waits, so no other call with the key comes between.
    const record = this.#running.get(key) ?? this.#keyed.find(key) ?? createRecord(task, appKey);
    const former = this.#formerOf(record, job);
    const running = record.attempt;
    if (former !== undefined || running !== undefined) job.watch.suppressed();
    if (former !== undefined) return repeatFormer(former, scope);
    if (running === undefined) return await join(this.#start(record, task), job.signal);
    const wait = limitWait(job, this.#clock);
    try {
      const end = await Promise.race([join(running, wait.signal), wait.isOver]);
      if (end !== "over") return end;
      throw endOfWait(record, task);
    } catch (error) {
      if (wait.signal.aborted || !goesFurther(job, running.job, error)) throw error;
    } finally {
      wait.close();
    }
    // The call that began the attempt gave up, by its own terms or with its own text.
    return await this.#runKeyed(task, appKey);
  }

  async #runAlone<M extends Message>(task: Task<M>): Promise<AttemptEnd> {
    const { signal } = task.job;
    const former = this.#open.find(task.key);
    // No other call repeats the same attempt.
    if (former !== undefined) this.#open.delete(former);
    const record = former ?? createRecord(task, this.#createUuid());
    if (record.attempt !== undefined) await endOf(record.attempt);
    const open = (): void => this.#open.add(record, repeatForMs);
    let mayBeRepeated = true;
    try {
      const end = await join(this.#start(record, task), signal, open);
      mayBeRepeated = end === "arrived" && signal.aborted;
      if (end === "taken") this.#open.delete(record);
      return end;
    } finally {
      // A call that has taken the record over since its caller went away keeps it.
      if (mayBeRepeated && (!signal.aborted || this.#open.has(record))) open();
    }
  }

  #start<M extends Message>(record: MessageRecord, task: Task<M>): Attempt {
    const controller = new AbortController();
    record.signal = controller.signal;
    record.wasMerged = false;
    record.hasLeft = false;
    if (record.isAppKey) {
      this.#keyed.delete(record);
      this.#running.set(record.key, record);
    }
    const outcome = this.#run(record, task);
    // Every caller may have gone by then.
    outcome.catch(() => {});
    const abort = (reason: unknown): void => controller.abort(reason);
    record.attempt = { outcome, abort, callers: 0, job: task.job };
    return record.attempt;
  }

  async #run<M extends Message>(record: MessageRecord, task: Task<M>): Promise<AttemptEnd> {
    try {
      const end = await this.#workUnlessDone(record, task);
      if (end === "arrived") record.isSent = true;
      return end;
    } finally {
      record.attempt = undefined;
      // A repeat comes after the outcome, however long the outcome took.
      if (record.isAppKey) this.#keepKeyed(record, task.job.options.deduplicateForMs);
    }
  }

  #keepKeyed(record: MessageRecord, forMs: number): void {
    if (this.#running.get(record.key) === record) this.#running.delete(record.key);
    this.#keyed.add(record, forMs);
  }

  /** Does the work unless it was done here, or another replica has done it or does it now. */
  async #workUnlessDone<M extends Message>(
    record: MessageRecord,
    task: Task<M>,
  ): Promise<AttemptEnd> {
    const { records } = task.scope;
    const claim = records === undefined ? unsharedClaim : await this.#claim(records, record, task);
    if (claim === "taken") return claim;
    try {
      return await this.#workUnder(claim, record, task);
    } finally {
      for (const slot of claim.granted?.slots.splice(0) ?? []) slot.unused();
    }
  }

  async #workUnder<M extends Message>(
    claim: Claim,
    record: MessageRecord,
    task: Task<M>,
  ): Promise<AttemptEnd> {
    const { job, scope, work } = task;
    const former = claim.former ?? this.#formerOf(record, job);
    if (former !== undefined) {
      job.watch.suppressed();
      await claim.settle({ outcome: former.kind, isGone: isGone(record) });
      return repeatFormer(former, scope);
    }
    try {
      await work.send(record, claim.granted);
    } catch (error) {
      if (claim.isLost) return "taken";
      await claim.settle({ ...this.#remember(record, error, task), isGone: isGone(record) });
      throw error;
    }
    await claim.settle({ outcome: "sent", isGone: isGone(record) });
    return "arrived";
  }

  async #claim<M extends Message>(
    records: SharedRecords,
    record: MessageRecord,
    { job, scope: { configuredAt, redisPrefix: prefix }, work }: Task<M>,
  ): Promise<Claim | "taken"> {
    const configuredForMs = this.#clock.elapsed() - configuredAt;
    const keepForMs = record.isAppKey ? job.options.deduplicateForMs : repeatForMs;
    const terms = { keepForMs, configuredForMs, text: textOf(job), prefix };
    return await records.claim(record, { ...terms, slots: work.askForSlots?.(record) });
  }

  /** Remembers a refusal that would come again, as long as nobody can have mended its cause. */
  #remember<M extends Message>(
    record: MessageRecord,
    error: unknown,
    { job, scope }: Task<M>,
  ): Ended {
    const { lasts } = factsOf(error);
    // A configuration that came meanwhile may have mended the cause.
    if (lasts === "no" || record.wasMerged || scope.isClosed) return { outcome: "unknown" };
    const isForGood = lasts === "for-good" && record.isAppKey;
    const forMs = isForGood ? job.options.deduplicateForMs : repeatForMs;
    const at = this.#clock.elapsed();
    const json = JSON.stringify(error);
    const text = textOf(job);
    record.refusal = { json, text, at, until: at + forMs };
    return { outcome: "refused", refusal: { json, text, forMs } };
  }

  #formerOf<M extends Message>(
    { isSent, refusal }: MessageRecord,
    job: Job<M>,
  ): Former | undefined {
    if (isSent) return { kind: "sent" };
    if (refusal === undefined) return undefined;
    const now = this.#clock.elapsed();
    if (refusal.until <= now) return undefined;
    if (refusal.text !== textOf(job)) return undefined;
    return { kind: "refused", refusal: refusal.json, agoMs: now - refusal.at };
  }
}

/** The hash by which a mended text is told from the one that was refused. */
function textOf({ json }: Pick<Job<Message>, "json">): string {
  return hash("sha256", json, "base64");
}

/** Whether a call that joined another one would have gone on where that one failed. */
function goesFurther(
  { json, options, deadlineAt, expiresAt }: Attempt["job"],
  other: Attempt["job"],
  error: unknown,
): boolean {
  const { lasts, repeat, outcome } = factsOf(error);
  if (lasts !== "no") return json !== other.json;
  if (outcome.reason === "expired") return expiresAt > other.expiresAt;
  if (outcome.reason === "deadline") return deadlineAt > other.deadlineAt;
  if (outcome.reason === "over-budget") return options.maxWaitMs > other.options.maxWaitMs;
  return repeat !== "never" && options.retries > other.options.retries;
}

type Ended = Pick<Ending, "outcome" | "refusal">;

interface Task<M extends Message> {
  /** See {@link MessageRecord.key}. */
  readonly key: string;
  readonly job: Job<M>;
  readonly scope: RepeatsScope;
  readonly work: Work;
}

function createRecord<M extends Message>(
  { key, job, scope: { scope } }: Task<M>,
  msgUuid: string,
): MessageRecord {
  return {
    key,
    scope,
    isAppKey: job.appKey !== undefined,
    msgUuid,
    partsSent: 0,
    cut: undefined,
    target: undefined,
    hasLeft: false,
    digest: undefined,
    redisKey: undefined,
    claim: undefined,
    signal: neverAborts,
    attempt: undefined,
    isSent: false,
    refusal: undefined,
    wasMerged: false,
    expiresAt: 0,
  };
}

/** @throws the failure that is repeated */
function repeatFormer(former: Former, scope: RepeatsScope): "arrived" {
  if (former.kind === "refused") throw scope.parseFailure(former.refusal, former.agoMs);
  return "arrived";
}

/** Whether all callers of the running attempt have gone. */
function isGone({ attempt }: MessageRecord): boolean {
  return attempt?.callers === 0;
}

async function endOf({ outcome }: Attempt): Promise<void> {
  await outcome.catch(() => {});
}

/**
 * Waits for the outcome. The last caller to go away ends the attempt.
 *
 * @param onGone called when this caller goes away
 */
async function join(
  attempt: Attempt,
  signal: AbortSignal,
  onGone = (): void => {},
): Promise<AttemptEnd> {
  attempt.callers += 1;
  const onAbort = (): void => {
    onGone();
    attempt.callers -= 1;
    if (attempt.callers === 0) attempt.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await attempt.outcome;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What a call hears whose terms end before the attempt of another call. */
function endOfWait<M extends Message>(record: MessageRecord, { job, scope }: Task<M>): Error {
  if (record.hasLeft || record.digest !== undefined) return scope.givenUp(timeIsUp());
  return new NotSentError(job.expiresAt <= job.deadlineAt ? "expired" : "deadline");
}
