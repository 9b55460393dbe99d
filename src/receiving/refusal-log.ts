import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";

/** What is the same of all refusals that one log line stands for, and what differs. */
export interface RefusalFields {
  /** The component's name. */
  readonly instance: string;
  readonly reason: string;
  /** How far the clock of the latest one was after ours. */
  readonly aheadSeconds?: number | undefined;
}

interface Counted {
  /** Refusals since the last line. */
  count: number;
  fields: RefusalFields;
  readonly text: string;
  cancel(): void;
}

/** Time between two lines of one reason and component. */
const everyMs = 60_000;

/** Logs refusals, which strangers can cause: one line a minute for each reason and component. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #counted = new Map<string, Counted>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Logs the first refusal at once. Those of the minute after it are logged together. */
  add(fields: RefusalFields, text: string): void {
    const key = JSON.stringify([fields.instance, fields.reason]);
    const known = this.#counted.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.fields = fields;
      return;
    }
    this.#log.warn({ ...fields, count: 1 }, text);
    const counted: Counted = { count: 0, fields, text, cancel: () => {} };
    counted.cancel = this.#clock.after(everyMs, () => this.#tell(key, counted));
    this.#counted.set(key, counted);
  }

  /** Logs what was not logged yet. */
  close(): void {
    for (const counted of this.#counted.values()) {
      counted.cancel();
      if (counted.count > 0) this.#write(counted);
    }
    this.#counted.clear();
  }

  #tell(key: string, counted: Counted): void {
    if (counted.count === 0) {
      this.#counted.delete(key);
      return;
    }
    this.#write(counted);
    counted.count = 0;
    counted.cancel = this.#clock.after(everyMs, () => this.#tell(key, counted));
  }

  #write({ fields, count, text }: Counted): void {
    this.#log.warn({ ...fields, count }, text);
  }
}
