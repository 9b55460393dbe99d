// Waiting for what a row needs to see.
import { setTimeout as sleep } from "node:timers/promises";

/** The longest wait for anything, which is for hangs: the machine may be busy with other things. */
const hangAfterMs = 60_000;

/**
 * Looks every 10 ms until the result is truthy.
 *
 * @template T
 * @param {string} what is waited for, for the error
 * @param {() => T | Promise<T>} look
 * @returns {Promise<T>}
 */
export async function until(what, look) {
  const end = performance.now() + hangAfterMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > end) throw new Error(`not seen in ${hangAfterMs / 1000} s: ${what}`);
    await sleep(10);
  }
}
