import { setImmediate, setTimeout as wait } from "node:timers/promises";
import type { FakeClock } from "./fake-clock.ts";

/**
 * Looks every 10 ms until the result is neither undefined nor false.
 *
 * @throws {Error} which shows the condition, after `timeoutMs`
 */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 20_000,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > until) throw new Error(`not seen in ${timeoutMs} ms: ${look}`);
    await wait(10);
  }
}

/** Lets time pass on a fake clock, one step with every look, until the promise has settled. */
export async function passTimeUntil<T>(
  clock: FakeClock,
  promise: Promise<T>,
  stepMs = 10,
): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  await eventually(() => {
    clock.advance(stepMs);
    return isSettled || undefined;
  });
  return await settled;
}

/** Lets everything run that waits for nothing outside the process. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
}
