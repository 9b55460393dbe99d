import type { Clock } from "../base/clock.ts";
import type { Message } from "./channel.ts";
import { type Job, lastMoment, type Terms } from "./job.ts";

/** A wait that ends with the terms of the call that waits. */
interface LimitedWait {
  /** Aborts when the caller goes away or the terms end. */
  readonly signal: AbortSignal;
  /** Resolves when the terms end; pending for ever if they do not. */
  readonly isOver: Promise<"over">;
  /** Has to be called when nobody waits any more. */
  close(): void;
}

/** How long a call waits for the attempt of another one: its own terms count. */
export function limitWait(terms: Terms & Pick<Job<Message>, "signal">, clock: Clock): LimitedWait {
  const over = new AbortController();
  const { until } = lastMoment(terms, Number.POSITIVE_INFINITY);
  let close = (): void => {};
  const isOver = new Promise<"over">((resolve) => {
    if (until === Number.POSITIVE_INFINITY) return;
    close = clock.after(Math.max(until - clock.elapsed(), 0), () => {
      over.abort(timeIsUp().reason);
      resolve("over");
    });
  });
  return { signal: AbortSignal.any([terms.signal, over.signal]), isOver, close: () => close() };
}

/** The signal of a call whose time is up. */
export function timeIsUp(): AbortSignal {
  return AbortSignal.abort(new DOMException("the time is up", "TimeoutError"));
}
