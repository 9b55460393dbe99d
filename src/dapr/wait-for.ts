import type { Clock } from "../base/clock.ts";

/** Resolves when the work is done or the time is up, and then leaves the work alone. */
export function waitFor(
  work: Promise<void>,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, resolve);
    work.finally(cancel).then(resolve, reject);
  });
}
