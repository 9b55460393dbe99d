import { once } from "node:events";

/**
 * Waits for the first SIGTERM or SIGINT. The signals have their usual effect again from then on, so
 * a second one ends the process at once.
 */
export async function nextSignal(): Promise<NodeJS.Signals> {
  const waiting = new AbortController();
  const signals = ["SIGTERM", "SIGINT"].map((name) => once(process, name, waiting));
  const [first] = await Promise.race(signals);
  waiting.abort();
  return first;
}
