import type { Clock } from "../base/clock.ts";
import { type Failure, factsOf, type Message } from "./channel.ts";
import type { Job } from "./job.ts";
import { keyOf } from "./message-key.ts";
import type { Attempt, MessageRecord } from "./record.ts";
import type { SharedRecords } from "./redis/shared-records.ts";

/** Whose messages are compared with each other. */
export interface RepeatsScope {
  /** The component and its addresses. It holds secrets. */
  readonly scope: string;
  /** Failures that other replicas kept before this moment, by `Clock.elapsed`, are void. */
  readonly configuredAt: number;
  /** The records of all replicas. Undefined without Redis. */
  readonly records: SharedRecords | undefined;
  /** See `Channel.parseFailure`. */
  parseFailure(json: string): Error;
}

/** Sends a message. Resolves when it has arrived. */
export type Work = (record: MessageRecord) => Promise<void>;

/** More records are not kept; the oldest is forgotten first. */
const maxRecords = 50_000;

/** The signal of a record without an attempt. */
const neverAborts = new AbortController().signal;

/** Recognises repeats of a message. */
export class Repeats {
  readonly #clock: Clock;
  readonly #createUuid: () => string;
  /** By key, oldest first. */
  readonly #records = new Map<string, MessageRecord>();

  constructor(clock: Clock, createUuid: () => string) {
    this.#clock = clock;
    this.#createUuid = createUuid;
  }

  /**
   * Does the work unless the message is a repeat. A repeat joins the running attempt or gets the
   * former outcome. A repeat of a message with an unknown outcome goes under the same msgUuid.
   *
   * Without a key of the app's, a call counts as a repeat only while it can be daprd's own retry:
   * a message that was answered with success is forgotten, for an app may say the same thing twice.
   */
  async run<M extends Message>(job: Job<M>, scope: RepeatsScope, work: Work): Promise<void> {
    const record = await this.#findOrCreate(job, scope.scope);
    const { attempt, isSent, refusal } = record;
    if (isSent || refusal !== undefined || attempt !== undefined) job.watch.suppressed();
    if (refusal !== undefined) throw refusal;
    if (!isSent) await join(attempt ?? this.#start(record, { job, scope, work }), job.signal);
    // A caller that went away has heard nothing: daprd asks again.
    if (!record.isAppKey && !job.signal.aborted) this.#forget(record);
  }

  /** What was refused may be tried again: a new configuration may have mended its cause. */
  forgetRefusals(scope: string): void {
    for (const [key, record] of this.#records) {
      if (record.scope === scope && record.refusal !== undefined) this.#records.delete(key);
    }
  }

  async #findOrCreate<M extends Message>(job: Job<M>, scope: string): Promise<MessageRecord> {
    const { json, appKey, traceparent, options } = job;
    const key = keyOf({ scope, json, appKey, traceparent });
    for (;;) {
      this.#dropExpired();
      const record = this.#records.get(key);
      if (record === undefined) break;
      if (record.attempt === undefined || !record.signal.aborted) return record;
      // The callers of the attempt have gone; what became of it is known in a moment.
      await record.attempt.outcome.catch(() => {});
    }
    const isAppKey = appKey !== undefined;
    const msgUuid = appKey ?? this.#createUuid();
    const expiresAt = this.#clock.elapsed() + options.deduplicateForMs;
    const record = createRecord({ key, scope, isAppKey, msgUuid, expiresAt });
    this.#records.set(key, record);
    return record;
  }

  #start<M extends Message>(record: MessageRecord, task: Task<M>): Attempt {
    const cancellation = new AbortController();
    record.signal = cancellation.signal;
    const outcome = this.#run(record, task);
    // Every caller may have gone by then.
    outcome.catch(() => {});
    const abort = (reason: unknown): void => cancellation.abort(reason);
    record.attempt = { outcome, abort, callers: 0 };
    return record.attempt;
  }

  async #run<M extends Message>(record: MessageRecord, task: Task<M>): Promise<void> {
    try {
      await this.#workUnlessDone(record, task);
      record.isSent = true;
    } catch (error) {
      if (isFinal(error)) record.refusal = error;
      throw error;
    } finally {
      record.attempt = undefined;
      this.#keepOn(record, task.job.options.deduplicateForMs);
    }
  }

  /** Does the work unless another replica has done it or does it now. */
  async #workUnlessDone<M extends Message>(
    record: MessageRecord,
    { job, scope, work }: Task<M>,
  ): Promise<void> {
    const { records, configuredAt } = scope;
    if (records === undefined) return await work(record);
    const keepForMs = job.options.deduplicateForMs;
    const configuredForMs = this.#clock.elapsed() - configuredAt;
    const claim = await records.claim(record, { keepForMs, configuredForMs });
    if (claim.former !== undefined) job.watch.suppressed();
    if (claim.former === "refused") throw scope.parseFailure(claim.refusal);
    try {
      if (claim.former === undefined) await work(record);
      await claim.settle("sent");
    } catch (error) {
      if (isFinal(error)) await claim.settle("refused", JSON.stringify(error));
      else await claim.settle("unknown");
      throw error;
    }
  }

  /** A repeat comes after the outcome, however long the outcome took. */
  #keepOn(record: MessageRecord, keepForMs: number): void {
    if (this.#records.get(record.key) !== record) return;
    this.#records.delete(record.key);
    record.expiresAt = this.#clock.elapsed() + keepForMs;
    this.#records.set(record.key, record);
  }

  #forget(record: MessageRecord): void {
    if (this.#records.get(record.key) === record) this.#records.delete(record.key);
  }

  #dropExpired(): void {
    const now = this.#clock.elapsed();
    for (const [key, { expiresAt, attempt }] of this.#records) {
      if (expiresAt > now && this.#records.size <= maxRecords) break;
      if (attempt !== undefined) break;
      this.#records.delete(key);
    }
  }
}

interface Task<M extends Message> {
  readonly job: Job<M>;
  readonly scope: RepeatsScope;
  readonly work: Work;
}

type NewRecord = Pick<MessageRecord, "key" | "scope" | "isAppKey" | "msgUuid" | "expiresAt">;

function createRecord(given: NewRecord): MessageRecord {
  return {
    ...given,
    partsSent: 0,
    target: undefined,
    digest: undefined,
    redisKey: undefined,
    signal: neverAborts,
    attempt: undefined,
    isSent: false,
    refusal: undefined,
  };
}

function isFinal(error: unknown): error is Failure {
  return factsOf(error).isFinal;
}

/** Waits for the outcome. The last caller to go away ends the attempt. */
async function join(attempt: Attempt, signal: AbortSignal): Promise<void> {
  attempt.callers += 1;
  const onAbort = (): void => {
    attempt.callers -= 1;
    if (attempt.callers === 0) attempt.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    await attempt.outcome;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
