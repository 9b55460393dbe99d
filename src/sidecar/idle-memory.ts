import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "../base/clock.ts";

const lookMs = 10_000;
/** CPU time of one look to the next, below which the process rests. */
const restUs = 100_000;
/** Less is not worth a collection, of some fifty milliseconds. */
const worthwhileBytes = 8 * 1024 * 1024;

export interface IdleMemoryParts {
  readonly clock: Clock;
  /** CPU time since the start of the process, in microseconds. */
  readonly cpuUs: () => number;
  readonly residentBytes: () => number;
  /** Collects garbage. */
  readonly collect: () => void;
}

/**
 * Gives back what a burst of messages has left behind. V8 collects when something is allocated, so
 * a process that rests would keep it for as long as it rests (Node 24 and later).
 */
export class IdleMemory {
  readonly #parts: IdleMemoryParts;
  #cpuUs = 0;
  /** In use for all that is known. */
  #neededBytes = 0;
  /** Before the last collection, if it was tried at the last look. */
  #triedBytes: number | undefined;
  #cancel = (): void => {};

  constructor(parts: IdleMemoryParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cpuUs = this.#parts.cpuUs();
    this.#neededBytes = this.#parts.residentBytes();
    this.#lookLater();
  }

  stop(): void {
    this.#cancel();
  }

  #lookLater(): void {
    this.#cancel = this.#parts.clock.after(lookMs, () => {
      this.#lookLater();
      const formerUs = this.#cpuUs;
      this.#cpuUs = this.#parts.cpuUs();
      if (this.#cpuUs - formerUs < restUs) this.#rest();
    });
  }

  #rest(): void {
    const residentBytes = this.#parts.residentBytes();
    const triedBytes = this.#triedBytes;
    this.#triedBytes = undefined;
    const wasInVain = triedBytes !== undefined && residentBytes > triedBytes - worthwhileBytes;
    if (wasInVain || residentBytes < this.#neededBytes) this.#neededBytes = residentBytes;
    if (residentBytes <= this.#neededBytes + worthwhileBytes) return;
    // Also after one that gave something back: what it set free may hold more.
    this.#triedBytes = residentBytes;
    this.#parts.collect();
  }
}

type Collector = (options?: typeof lastResort) => void;

/** Gives back at once also what V8 holds in store. */
const lastResort = { type: "major", execution: "sync", flavor: "last-resort" } as const;
/** Node 20 takes any argument as the wish for a small collection. */
const takesOptions = Number(process.versions.node.split(".")[0]) >= 22;

let collector: Collector | undefined;

/** V8's collection of garbage, which Node offers only to those who ask for it. */
export function collectGarbage(): void {
  if (collector === undefined) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as Collector;
  }
  collector(takesOptions ? lastResort : undefined);
}
