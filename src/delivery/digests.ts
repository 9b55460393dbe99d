import { randomUUID } from "node:crypto";
import { type AttemptsDeps, type AttemptsResult, attempt } from "./attempts.ts";
import { type Channel, type DigestItem, factsOf, type Message } from "./channel.ts";
import { DigestOrders } from "./digest-orders.ts";
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
  readonly share: number;
  /** Whether a digest carries the message. A caller that goes away cannot stop it any more. */
  isOnItsWay: boolean;
  isSettled: boolean;
  stopTimer(): void;
  /** Ends the wait of the caller. Only the first call counts. */
  settle(error?: unknown): void;
}

/** A digest that is about to be posted. */
interface Composed<M extends Message> {
  readonly message: M;
  readonly carried: readonly Waiting<M>[];
  readonly first: Waiting<M>;
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
  #waiting = new Set<Waiting<M>>();
  readonly #orders: DigestOrders<Waiting<M>>;
  /** The digest that may have brought a message of this process. */
  readonly #digests = new WeakMap<MessageRecord, Digest<M>>();
  /** Digests of other processes that are on their way again, by msgUuid. */
  readonly #restored = new Map<string, Promise<boolean>>();

  constructor(target: string, deps: AttemptsDeps) {
    this.#target = target;
    this.#deps = deps;
    this.#orders = new DigestOrders({
      queue: deps.queue,
      waiting: () => this.#waiting,
      onSlots: (slots) => this.#use(slots),
    });
  }

  /** How many messages wait, without those that wait in the queue for all of them. */
  get length(): number {
    return Math.max(this.#waiting.size - this.#orders.length, 0);
  }

  /**
   * Resolves when the digest with the message has arrived.
   *
   * A message whose digest may have arrived goes again with that digest, under its msgUuid.
   */
  send(request: DigestRequest<M>): Promise<void> {
    request.record.wasMerged = true;
    const former = this.#digests.get(request.record);
    if (former !== undefined) return this.#repeat(former, request);
    const { digest } = request.record;
    return digest === undefined ? this.#wait(request) : this.#restore(digest, request);
  }

  #wait(request: DigestRequest<M>): Promise<void> {
    const { job, record, channel } = request;
    const { signal } = record;
    const { maxQueue, maxWaitMs } = job.options;
    const [message] = job.parts;
    if (message === undefined) return Promise.resolve();
    if (this.#waiting.size >= maxQueue)
      return Promise.reject(new NotSentError("queue-full", undefined, "digest"));
    const { clock } = this.#deps;
    const receivedAt = clock.now();
    const arrivedAt = clock.elapsed();
    const { until, reason } = lastMoment(job, arrivedAt + maxWaitMs);
    return new Promise((resolve, reject) => {
      const onAbort = (): void =>
        waiting.settle(waiting.isOnItsWay ? channel.givenUp(signal) : abortedError(signal));
      const onTimeUp = (): void => waiting.settle(new NotSentError(reason));
      const isBounded = until < Number.POSITIVE_INFINITY;
      const stopTimer = isBounded ? clock.after(until - arrivedAt + 1, onTimeUp) : () => {};
      const waiting: Waiting<M> = {
        ...{ ...request, message, receivedAt, isOnItsWay: false, isSettled: false, stopTimer },
        share: channel.digestShare(message),
        settle: (error) => {
          waiting.isSettled = true;
          stopTimer();
          signal.removeEventListener("abort", onAbort);
          this.#drop(waiting);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort);
      this.#waiting.add(waiting);
      this.#orders.add(waiting);
    });
  }

  #drop(waiting: Waiting<M>): void {
    if (this.#waiting.delete(waiting) && this.#waiting.size === 0) this.#orders.update();
  }

  /** Sends a digest of these messages, or of as many of all that wait as it can carry. */
  async #use(slots: readonly Slot[], own?: readonly Waiting<M>[]): Promise<void> {
    const msgUuid = randomUUID();
    const composed = await this.#composeAndKeep(msgUuid, own);
    this.#orders.update();
    if (composed !== undefined) await this.#carry(composed, msgUuid, slots);
    else this.#deps.queue.giveBack(slots);
  }

  /** Keeps the digest before the POST: if this process is killed, another one sends it again. */
  async #composeAndKeep(
    msgUuid: string,
    own: readonly Waiting<M>[] | undefined,
  ): Promise<Composed<M> | undefined> {
    let from = own;
    for (;;) {
      const composed = this.#compose(from ?? [...this.#waiting]);
      if (composed === undefined) return undefined;
      const { message, carried } = composed;
      const records = carried.map(({ record }) => record);
      const isKept = await this.posts?.keepDigest(msgUuid, message.json, records);
      if (isKept !== false) return composed;
      // This process stood still, and other replicas have taken messages over.
      const left = carried.filter(({ record }) => !record.signal.aborted);
      if (from === undefined) this.#waiting = new Set([...left, ...this.#waiting]);
      else from = left;
    }
  }

  #compose(given: readonly Waiting<M>[]): Composed<M> | undefined {
    for (;;) {
      const waiting = given.filter(({ isSettled }) => !isSettled);
      const [first] = waiting;
      const newest = waiting.at(-1);
      if (first === undefined || newest === undefined) return undefined;
      // Its configuration is the latest: what a former one got wrong may be mended.
      const { channel } = newest;
      try {
        const { message, count } = channel.composeDigest(waiting);
        const carried = waiting.slice(0, count);
        for (const one of carried) {
          this.#waiting.delete(one);
          one.isOnItsWay = true;
          one.stopTimer();
        }
        for (const one of waiting.slice(count)) this.#waiting.add(one);
        return { message, carried, first: { ...first, channel } };
      } catch (error) {
        refuseUnwritable(waiting, error);
      }
    }
  }

  async #carry(
    { message, carried, first }: Composed<M>,
    msgUuid: string,
    slots: readonly Slot[],
  ): Promise<void> {
    const result = this.#post({ message, msgUuid }, first, slots);
    const digest = { message, msgUuid, result };
    for (const { record, endWait } of carried) {
      endWait();
      record.target = this.#target;
      record.digest = msgUuid;
      record.wasMerged = carried.length > 1;
      this.#digests.set(record, digest);
    }
    const { failure, mayHaveArrived } = await result;
    if (!mayHaveArrived) {
      const records = carried.map(({ record }) => record);
      for (const record of records) this.#forget(record);
      // Another replica would send the digest again for a message whose caller has gone.
      await this.posts?.dropDigest(msgUuid, records);
    }
    const isRefused = !mayHaveArrived && factsOf(failure).lasts === "for-good";
    if (isRefused && carried.length > 1) await this.#halve(carried);
    else for (const { settle } of carried) settle(failure);
  }

  /**
   * One message may be to blame for the refusal of a digest: each half goes by itself. Two slots for
   * each doubling of the messages find the one.
   */
  async #halve(carried: readonly Waiting<M>[]): Promise<void> {
    const middle = carried.length >> 1;
    await Promise.all([
      this.#sendHalf(carried.slice(0, middle)),
      this.#sendHalf(carried.slice(middle)),
    ]);
  }

  async #sendHalf(half: readonly Waiting<M>[]): Promise<void> {
    for (const waiting of half) waiting.isOnItsWay = false;
    const first = half.find(({ isSettled }) => !isSettled);
    if (first === undefined) return;
    const { signal } = new AbortController();
    const wish = { count: 1, overflow: "wait", signal, isForDigest: true } as const;
    let slots: readonly Slot[];
    try {
      slots = await this.#deps.queue.acquire(first.job, wish);
    } catch (error) {
      for (const { settle } of half) settle(error);
      return;
    }
    await this.#use(slots, half);
  }

  /** Posts on the terms and in the trace of one message, by its channel. */
  async #post(
    { message, msgUuid }: Pick<Digest<M>, "message" | "msgUuid">,
    { job, channel }: DigestRequest<M>,
    given: readonly Slot[] = [],
  ): Promise<AttemptsResult> {
    const terms = withoutEnd(job);
    // Nobody cancels a digest.
    const { signal } = new AbortController();
    const slots = [...given];
    const posting = { channel, message, msgUuid, terms, overflow: "wait", signal, slots } as const;
    try {
      return await attempt(posting, this.#deps);
    } finally {
      this.#deps.queue.giveBack(slots);
    }
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
    await this.posts?.markPosted(request.record);
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
    await this.posts?.markPosted(request.record);
    const message = request.channel.parseMessage(json);
    throwIfAny((await this.#post({ message, msgUuid }, request)).failure);
    await this.posts?.markArrived(msgUuid);
    return true;
  }
}

/** A message that cannot be written fails alone. If each can be written alone, all of them fail. */
function refuseUnwritable<M extends Message>(waiting: readonly Waiting<M>[], error: unknown): void {
  const odd = waiting.filter((one) => !isWritable(one));
  for (const { settle } of odd.length > 0 ? odd : waiting) settle(error);
}

function isWritable<M extends Message>(waiting: Waiting<M>): boolean {
  try {
    waiting.channel.composeDigest([waiting]);
    return true;
  } catch {
    return false;
  }
}

function throwIfAny(failure: unknown): void {
  if (failure !== undefined) throw failure;
}
