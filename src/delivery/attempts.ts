import { type Clock, pause } from "../base/clock.ts";
import { type Channel, type FailureFacts, factsOf, type Message, type Post } from "./channel.ts";
import type { Terms } from "./job.ts";
import type { Slot } from "./ledger.ts";
import type { SlotQueue } from "./queue.ts";
import type { SlotWish } from "./waiters.ts";

const firstBackoffMs = 200;
const longestBackoffMs = 5000;

/** One message for the target: a whole message, a part of one, or a digest. */
export interface Posting<M extends Message> {
  readonly channel: Channel<M>;
  readonly message: M;
  readonly msgUuid: string;
  readonly terms: Terms;
  /** Whether a further attempt may wait for its slot. Only `wait` lets it. */
  readonly overflow: SlotWish["overflow"];
  readonly signal: AbortSignal;
  /** Slots that are taken already. Each attempt uses the first one up, else it takes another. */
  readonly slots: Slot[];
}

/** How all attempts together ended. */
export interface AttemptsResult {
  /** The failure of the last attempt; undefined if the target has the message. */
  readonly failure: unknown;
  /** Whether the target may have the message, by what any of the attempts showed. */
  readonly mayHaveArrived: boolean;
}

/** What all attempts at one target have in common. */
export interface AttemptsDeps {
  readonly queue: SlotQueue;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * Tries until the target has the message, a lasting failure comes or the attempts are used up.
 * Never rejects.
 */
export async function attempt<M extends Message>(
  posting: Posting<M>,
  deps: AttemptsDeps,
): Promise<AttemptsResult> {
  let failure: unknown;
  let mayHaveArrived = false;
  try {
    const post = posting.channel.prepare(posting.message, posting.msgUuid);
    const progress = { retries: 0, isRepeatedAtOnce: false };
    do {
      const slot = posting.slots.shift() ?? (await takeSlot(posting, deps.queue));
      if (failure !== undefined) tellOfRepeat(posting, failure);
      failure = await tryOnce(post, posting, { slot, queue: deps.queue });
      if (failure === undefined) return { failure, mayHaveArrived: true };
      mayHaveArrived ||= factsOf(failure).mayHaveArrived;
    } while (await goesOn(factsOf(failure), progress, { post, posting, ...deps }));
  } catch (error) {
    // The failure of the attempt before says more than that this one found no slot.
    failure ??= error;
  }
  return { failure, mayHaveArrived };
}

async function takeSlot<M extends Message>(
  { terms, overflow, signal }: Posting<M>,
  queue: SlotQueue,
): Promise<Slot> {
  const waited = terms.watch.waits();
  try {
    const [slot] = await queue.acquire(terms, { count: 1, overflow, signal });
    if (slot === undefined) throw new Error("one slot was asked for");
    return slot;
  } finally {
    waited();
  }
}

function tellOfRepeat<M extends Message>({ terms }: Posting<M>, failure: unknown): void {
  terms.watch.repeats(factsOf(failure).outcome.reason ?? "");
}

/** @returns the failure; undefined if the target has the message */
async function tryOnce<M extends Message>(
  post: Post,
  { channel, terms, signal }: Posting<M>,
  { slot, queue }: Pick<AttemptsDeps, "queue"> & { readonly slot: Slot },
): Promise<unknown> {
  const answered = terms.watch.posts(channel.host);
  try {
    answered(await post.send(signal, terms.options.responseTimeoutMs));
  } catch (error) {
    const { outcome, neverReached, isUnderWay, limit, retryAfterMs } = factsOf(error);
    answered(outcome);
    if (neverReached) queue.giveBack([slot]);
    else if (isUnderWay) slot.lost();
    else slot.used();
    if (!neverReached) await queue.report(limit, retryAfterMs);
    return error;
  }
  slot.used();
  await queue.report("open");
  return undefined;
}

interface Progress {
  /** Attempts after the first that came after a pause. */
  retries: number;
  isRepeatedAtOnce: boolean;
}

/** Waits for the moment of the next attempt. @returns false if there is none */
async function goesOn<M extends Message>(
  { repeat, mayHaveArrived }: FailureFacts,
  progress: Progress,
  { post, posting, clock, random }: AttemptsDeps & { post: Post; posting: Posting<M> },
): Promise<boolean> {
  const { terms, signal } = posting;
  if (signal.aborted || repeat === "never") return false;
  if (repeat === "at-once") {
    const isFirst = !progress.isRepeatedAtOnce;
    progress.isRepeatedAtOnce = true;
    return isFirst;
  }
  if (progress.retries >= terms.options.retries) return false;
  if (mayHaveArrived && !post.isIdempotent) return false;
  const ms = random() * Math.min(firstBackoffMs * 2 ** progress.retries, longestBackoffMs);
  if (clock.elapsed() + ms >= Math.min(terms.deadlineAt, terms.expiresAt)) return false;
  progress.retries += 1;
  return await pause({ clock, ms, signal }).then(
    () => true,
    () => false,
  );
}
