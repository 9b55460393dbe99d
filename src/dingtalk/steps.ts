/**
 * Work on a text of any length, with pauses in between. Whoever runs the work decides at each pause
 * whether to go on at once. The value is the result.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** How many items are worked on without a pause. */
const itemsPerStep = 256;

/** Maps each item, with pauses. The result is flat, as that of `flatMap`. */
export function* flatMapInSteps<Item, Result>(
  items: Iterable<Item>,
  map: (item: Item) => readonly Result[],
): Steps<Result[]> {
  const results: Result[] = [];
  let count = 0;
  for (const item of items) {
    for (const result of map(item)) results.push(result);
    count += 1;
    if (count % itemsPerStep === 0) yield;
  }
  return results;
}

/** Does all of the work at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * How long the work holds the event loop in one go, in milliseconds. A turn of the loop costs a few
 * microseconds, so shorter slices would cost little more.
 */
const sliceMs = 8;

/** What ends work early, and the error that it then fails with. */
export interface Abort {
  readonly signal: AbortSignal;
  abortedError(signal: AbortSignal): Error;
}

/** The work that goes on now. Works follow each other: together they would hold up the loop. */
let current: Promise<unknown> = Promise.resolve();

/**
 * Does the work in slices of a few milliseconds. Between them, the event loop turns.
 *
 * @throws what `abortedError` makes of the signal when it aborts before the work is done
 */
export async function finishInSlices<T>(steps: Steps<T>, until: Abort): Promise<T> {
  // Short work has no pause, and need not queue.
  const { done, value } = steps.next();
  if (done) return value;
  const own = current.then(() => runSlices(steps, until));
  current = own.catch(() => {});
  return await own;
}

async function runSlices<T>(steps: Steps<T>, { signal, abortedError }: Abort): Promise<T> {
  for (;;) {
    if (signal.aborted) throw abortedError(signal);
    const pauseAt = performance.now() + sliceMs;
    while (performance.now() < pauseAt) {
      const { done, value } = steps.next();
      if (done) return value;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
