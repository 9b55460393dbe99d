import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";

/** No step may hold the event loop for longer, in milliseconds of a usual machine. */
const mostMs = 50;

/** What {@link reference} takes on a usual machine, in milliseconds. */
const usualMs = 12;

/**
 * The longest time for which the work held the event loop, as a share of what is allowed. The least
 * of at most twelve runs counts, since other programs hold the processor as well, and on a slow
 * machine more is allowed.
 */
export async function longestStep(work: () => Promise<unknown>): Promise<number> {
  const shares: number[] = [];
  for (let run = 0; run < 12 && !shares.some((share) => share < 1); run += 1) {
    const before = reference();
    const stepMs = await measure(work);
    const slowness = Math.max((before + reference()) / 2 / usualMs, 1);
    shares.push(stepMs / (mostMs * slowness));
  }
  return Math.min(...shares);
}

async function measure(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await setTimeout(20);
  delay.enable();
  await setTimeout(5);
  await work();
  // A delay is known at the next tick of the timer.
  await setTimeout(5);
  delay.disable();
  return delay.max / 1e6;
}

/** Work of a known size: its time tells how fast this machine is now. */
function reference(): number {
  const start = performance.now();
  const list = Array.from({ length: 20_000 }, (_, index) => ({ text: `word ${index}`, index }));
  JSON.parse(JSON.stringify(list));
  return performance.now() - start;
}
