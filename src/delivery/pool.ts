import type { Clock } from "../base/clock.ts";
import { type Channel, factsOf, type Message } from "./channel.ts";
import { NotSentError } from "./errors.ts";
import type { Job } from "./job.ts";
import type { Line, LineStatus } from "./line.ts";
import type { MessageRecord } from "./record.ts";
import type { GrantedSlots } from "./redis/claim.ts";
import { targetPrefix } from "./redis/redis-script.ts";
import type { SlotsQuestion } from "./redis/shared-ledger.ts";
import type { SharedRecords } from "./redis/shared-records.ts";
import type { SharedStore } from "./redis/shared-stores.ts";
import type { Repeats, RepeatsScope } from "./repeats.ts";

/** One target of a component: how to post to it, and what all components send to it. */
export interface Target<M extends Message> {
  readonly channel: Channel<M>;
  readonly line: Line<M>;
}

interface PoolDeps<M extends Message> {
  /** The component's name. */
  readonly instance: string;
  /** At least one for a pool that delivers. */
  readonly targets: readonly Target<M>[];
  /** Where the component keeps limits and records together with other replicas. */
  readonly store: SharedStore | undefined;
  readonly repeats: Repeats;
  readonly clock: Clock;
  /** Called once, when no further job comes. */
  onClose(): void;
  /** Called once, when the pool is closed and its last job has ended. */
  onEnd(): void;
}

/** How long a failing target is left out. */
const restMs = 60_000;

/** The targets of one component, any of which may take a message for the same readers. */
export class Pool<M extends Message> implements RepeatsScope {
  readonly scope: string;
  readonly configuredAt: number;
  readonly targets: readonly Target<M>[];
  readonly store: SharedStore | undefined;
  readonly redisPrefix: string;
  readonly #deps: PoolDeps<M>;
  #jobs = 0;
  #isClosed = false;

  constructor(deps: PoolDeps<M>) {
    this.#deps = deps;
    this.targets = deps.targets;
    this.store = deps.store;
    this.configuredAt = deps.clock.elapsed();
    this.scope = scopeOf(deps);
    // The records are kept beside the slots of one target, for all replicas the same.
    const [first = ""] = deps.targets.map(({ line }) => line.name).sort();
    this.redisPrefix = targetPrefix(first);
  }

  /**
   * Resolves when a target has the message.
   *
   * @throws {NotSentError} when nothing was posted
   * @throws the channel's failure when the last attempt failed
   */
  async deliver(job: Job<M>): Promise<void> {
    this.#jobs += 1;
    try {
      await this.#deps.repeats.run(job, this, {
        askForSlots: (record) => this.#askForSlots(job, record),
        send: (record, granted) => this.#send(job, record, granted),
      });
    } finally {
      this.#jobs -= 1;
      this.#endIfDone();
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get records(): SharedRecords | undefined {
    return this.store?.records;
  }

  parseFailure(json: string, agoMs: number): Error {
    const [target] = this.targets;
    return target?.channel.parseFailure(json, agoMs) ?? new Error("a pool without a target");
  }

  givenUp(signal: AbortSignal): Error {
    const [target] = this.targets;
    return target?.channel.givenUp(signal) ?? new Error("a pool without a target");
  }

  /**
   * How the targets stand together: their sums, and the longest penalty.
   *
   * @param limit messages of one target in any window, 0 for no limit
   */
  status(limit: number): LineStatus {
    const lines = this.targets.map(({ line }) => line.status(limit));
    const sum = (name: keyof LineStatus): number =>
      lines.reduce((total, line) => total + line[name], 0);
    return {
      budgetLeft: sum("budgetLeft"),
      queueLength: sum("queueLength"),
      penaltyMs: Math.max(0, ...lines.map(({ penaltyMs }) => penaltyMs)),
    };
  }

  /** The component is gone or has another configuration. Jobs that have begun end as usual. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deps.onClose();
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#isClosed && this.#jobs === 0) this.#deps.onEnd();
  }

  /** The slots of the message are taken with its claim, at the target that is tried first. */
  #askForSlots(job: Job<M>, record: MessageRecord): SlotsQuestion | undefined {
    const [target] = this.store === undefined ? [] : this.#choose(job, record);
    const { redis } = this.store ?? {};
    return redis && target?.line.askForSlots(job, record, { redis, key: this.redisPrefix });
  }

  /** Tries one target after the other as long as the target, not the message, is at fault. */
  async #send(job: Job<M>, record: MessageRecord, taken: GrantedSlots | undefined): Promise<void> {
    let failure: unknown;
    for (const { channel, line } of this.#choose(job, record, taken)) {
      const granted = line.name === taken?.target ? taken.slots : undefined;
      try {
        return await line.send(job, record, { channel, granted });
      } catch (error) {
        failure = soonest(failure, error);
        const { target } = factsOf(error);
        if (record.target !== undefined || target === "good") throw error;
        if (target === "failing") line.rest(restMs);
      }
    }
    throw failure;
  }

  /**
   * The target that may have the message alone, else the one whose slots the message has, then those
   * with the most free slots first.
   */
  #choose(
    { options }: Job<M>,
    record: MessageRecord,
    granted?: GrantedSlots,
  ): readonly Target<M>[] {
    if (this.targets.length === 1) return this.targets;
    const bound = this.targets.find(({ line }) => line.name === record.target);
    if (bound !== undefined) return [bound];
    const awake = this.targets.filter(({ line }) => !line.isResting);
    const left = ({ line }: Target<M>): number =>
      line.name === granted?.target
        ? Number.POSITIVE_INFINITY
        : line.left(options.messagesPerMinute);
    const candidates = awake.length > 0 ? awake : this.targets;
    return [...candidates].sort((a, b) => compare(left(b), left(a)));
  }
}

/** Which failure to tell: the one that may be over first, where both tell a time. */
function soonest(former: unknown, latter: unknown): unknown {
  const timeOf = (error: unknown): number | undefined =>
    error instanceof NotSentError ? error.retryAfterMs : undefined;
  const [formerMs, latterMs] = [timeOf(former), timeOf(latter)];
  const isFormer = formerMs !== undefined && latterMs !== undefined && formerMs < latterMs;
  return isFormer ? former : latter;
}

/** The same message to another target is another message. */
function scopeOf<M extends Message>({ instance, targets }: PoolDeps<M>): string {
  const addresses = targets.map(({ channel }) => channel.address.reveal());
  return `${instance.length}:${instance}${addresses.join("\n")}`;
}

/** Infinity minus itself is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
