import { randomUUID } from "node:crypto";
import { type AttemptsDeps, type AttemptsResult, attempt } from "./attempts.ts";
import type { Channel, DigestItem, Message } from "./channel.ts";
import { abortedError, NotSentError } from "./errors.ts";
import { type Job, lastMoment, withoutEnd } from "./job.ts";
import type { Slot } from "./ledger.ts";
import type { MessageRecord } from "./record.ts";
import type { SharedPosts } from "./redis/shared-posts.ts";

/** A message that is to go in a digest. */
export interface DigestRequest<M extends Message> {
  readonly job: Job<M>;
  readonly record: MessageRecord;
  readonly channel: Channel<M>;
  /** Called when the message waits no more, once or twice. */
  endWait(): void;
}

/** A message that waits for the next digest. */
interface Waiting<M extends Message> extends DigestRequest<M>, DigestItem<M> {
  stopTimer(): void;
  /** Ends the wait of the caller. Only the first call counts. */
  settle(error?: unknown): void;
}

/** One posted digest, whatever became of it. */
interface Digest<M extends Message> {
  readonly message: M;
  readonly msgUuid: string;
  /** What became of the latest attempts. */
  result: Promise<AttemptsResult>;
}

/** Merges the messages that wait for a target into one message for the next free slot. */
export class Digests<M extends Message> {
  /** Where other replicas find the digests of a killed process. Undefined without Redis. */
  posts: SharedPosts | undefined;
  readonly #deps: AttemptsDeps;
  /** The target's name. */
  readonly #target: string;
  #waiting: Waiting<M>[] = [];
  #isAcquiring = false;
  /** Ends the wait for a slot when no message needs the slot any more. */
  #acquiring = new AbortController();
  /** The digest that may have brought a message of this process. */
  readonly #digests = new WeakMap<MessageRecord, Digest<M>>();
  /** Digests of other processes that are on their way again, by msgUuid. */
  readonly #restored = new Map<string, Promise<boolean>>();

  constructor(target: string, deps: AttemptsDeps) {
    this.#target = target;
    this.#deps = deps;
  }

  /** How many messages wait, without the one that waits in the queue for all of them. */
  get length(): number {
    return Math.max(this.#waiting.length - 1, 0);
  }

  /**
   * Resolves when the digest with the message has arrived.
   *
   * A message whose digest may have arrived goes again with that digest, under its msgUuid.
   */
  send(request: DigestRequest<M>): Promise<void> {
    const former = this.#digests.get(request.record);
    if (former !== undefined) return this.#repeat(former, request);
    const { digest } = request.record;
    return digest === undefined ? this.#wait(request) : this.#restore(digest, request);
  }

  #wait(request: DigestRequest<M>): Promise<void> {
    const { job, record } = request;
    const { maxQueue, maxWaitMs } = job.options;
    const [message] = job.parts;
    if (message === undefined) return Promise.resolve();
    if (this.#waiting.length >= maxQueue) return Promise.reject(new NotSentError("queue-full"));
    const { clock } = this.#deps;
    const receivedAt = clock.now();
    const arrivedAt = clock.elapsed();
    const { until, reason } = lastMoment(job, arrivedAt + maxWaitMs);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => waiting.settle(abortedError(record.signal));
      const onTimeUp = (): void => waiting.settle(new NotSentError(reason));
      const isBounded = until < Number.POSITIVE_INFINITY;
      const stopTimer = isBounded ? clock.after(until - arrivedAt + 1, onTimeUp) : () => {};
      const waiting: Waiting<M> = {
        ...{ ...request, message, receivedAt, stopTimer },
        settle: (error) => {
          stopTimer();
          record.signal.removeEventListener("abort", onAbort);
          this.#drop(waiting);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiting.push(waiting);
      if (record.signal.aborted) return onAbort();
      record.signal.addEventListener("abort", onAbort);
      void this.#acquire();
    });
  }

  #drop(waiting: Waiting<M>): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    if (this.#waiting.length === 0) this.#acquiring.abort(undefined);
  }

  /** Waits for a slot for the messages that wait, on the terms of the first one. */
  async #acquire(): Promise<void> {
    const [first] = this.#waiting;
    if (this.#isAcquiring || first === undefined) return;
    this.#isAcquiring = true;
    const acquiring = new AbortController();
    this.#acquiring = acquiring;
    const { signal } = acquiring;
    const wish = { count: 1, overflow: "wait", signal, isForDigest: true } as const;
    try {
      const slots = await this.#deps.queue.acquire(withoutEnd(first.job), wish);
      this.#isAcquiring = false;
      this.#use(slots);
    } catch (error) {
      this.#isAcquiring = false;
      // A message that came after the last one had gone needs a slot of its own.
      if (signal.aborted) return await this.#acquire();
      for (const waiting of [...this.#waiting]) waiting.settle(error);
    }
  }

  #use(slots: readonly Slot[]): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      for (const slot of slots) slot.unused();
      return;
    }
    const { message, count } = first.channel.composeDigest(this.#waiting);
    const carried = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    void this.#carry(message, carried, slots);
    void this.#acquire();
  }

  async #carry(message: M, carried: readonly Waiting<M>[], slots: readonly Slot[]): Promise<void> {
    const [first] = carried;
    if (first === undefined) throw new RangeError("a digest carries a message");
    const msgUuid = randomUUID();
    const result = this.#keepAndPost({ message, msgUuid }, carried, first, slots);
    const digest = { message, msgUuid, result };
    for (const { record, stopTimer, endWait } of carried) {
      stopTimer();
      endWait();
      record.target = this.#target;
      record.digest = msgUuid;
      this.#digests.set(record, digest);
    }
    const { failure, mayHaveArrived } = await result;
    for (const { record, settle } of carried) {
      if (!mayHaveArrived) this.#forget(record);
      settle(failure);
    }
  }

  /** Keeps the digest before the POST: if this process is killed, another one sends it again. */
  async #keepAndPost(
    digest: Pick<Digest<M>, "message" | "msgUuid">,
    carried: readonly Waiting<M>[],
    first: Waiting<M>,
    slots: readonly Slot[],
  ): Promise<AttemptsResult> {
    const records = carried.map(({ record }) => record);
    await this.posts?.keepDigest(digest.msgUuid, digest.message.json, records);
    return await this.#post(digest, first, slots);
  }

  /** Posts on the terms and by the channel of one of its messages, in whose trace the POST is. */
  #post(
    { message, msgUuid }: Pick<Digest<M>, "message" | "msgUuid">,
    { job, channel }: DigestRequest<M>,
    slots: readonly Slot[] = [],
  ): Promise<AttemptsResult> {
    const terms = withoutEnd(job);
    // Nobody cancels a digest.
    const { signal } = new AbortController();
    const posting = { channel, message, msgUuid, terms, overflow: "wait", signal } as const;
    return attempt({ ...posting, slots: [...slots] }, this.#deps);
  }

  #forget(record: MessageRecord): void {
    record.target = undefined;
    record.digest = undefined;
    this.#digests.delete(record);
  }

  /** The first message of a lost digest to come back sends the digest again, the others join. */
  async #repeat(digest: Digest<M>, request: DigestRequest<M>): Promise<void> {
    const former = digest.result;
    if ((await former).failure === undefined) return;
    if (digest.result === former) digest.result = this.#post(digest, request);
    throwIfAny((await digest.result).failure);
  }

  /** Sends the digest of a process that is gone, once for all of its messages. */
  async #restore(msgUuid: string, request: DigestRequest<M>): Promise<void> {
    const restored = this.#restored.get(msgUuid) ?? this.#sendKept(msgUuid, request);
    this.#restored.set(msgUuid, restored);
    try {
      if (await restored) return;
    } finally {
      this.#restored.delete(msgUuid);
    }
    // Nobody knows any more what was in the digest.
    this.#forget(request.record);
    await this.#wait(request);
  }

  /** @returns whether the digest has arrived; false where nobody knows what was in it */
  async #sendKept(msgUuid: string, request: DigestRequest<M>): Promise<boolean> {
    const json = await this.posts?.readDigest(msgUuid);
    if (json === undefined) return false;
    if (json === "") return true;
    const message = request.channel.parseMessage(json);
    throwIfAny((await this.#post({ message, msgUuid }, request)).failure);
    await this.posts?.markArrived(msgUuid);
    return true;
  }
}

function throwIfAny(failure: unknown): void {
  if (failure !== undefined) throw failure;
}
