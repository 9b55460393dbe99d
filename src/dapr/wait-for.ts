import { isTimeUp } from "../base/cancellation.ts";
import { type Clock, withinTime } from "../base/clock.ts";

/** Resolves when the work is done or the time is up, and then leaves the work alone. */
export async function waitFor(
  work: Promise<void>,
  limit: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<void> {
  await withinTime(limit, () => work).catch(ignoreTimeUp);
}

function ignoreTimeUp(error: unknown): void {
  if (!isTimeUp({ reason: error })) throw error;
}
