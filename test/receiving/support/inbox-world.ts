import type { Claim, InboxEffect, InboxEvent } from "../../../src/receiving/inbox-events.ts";
import { InboxMachine, mostHeld } from "../../../src/receiving/inbox-machine.ts";
import type { HandOverFailure } from "../../../src/receiving/receiving-app.ts";

/** A component of the world, and what the world knows of it. */
export interface WorldApp {
  readonly settings: {
    readonly redeliver: number;
    readonly maxInFlight: number;
    readonly handleTimeoutMs: number;
    readonly rememberForMs: number;
  };
  isReading: boolean;
}

interface Known {
  readonly app: WorldApp;
  readonly takenAt: number;
  place: "held" | "claiming" | "processing";
  attempts: number;
  tells: number;
}

export type Step =
  | { readonly do: "receive"; readonly key: number; readonly app: number; readonly count: number }
  | { readonly do: "readers"; readonly app: number; readonly isReading: boolean }
  | { readonly do: "answer"; readonly nth: number }
  | { readonly do: "fail"; readonly nth: number; readonly failure: HandOverFailure }
  | { readonly do: "claim"; readonly nth: number; readonly claim: Claim }
  | { readonly do: "wait"; readonly ms: number };

/**
 * Drives a machine as the inbox does and notes every broken promise. It keeps books of its own from
 * the effects alone.
 */
export class InboxWorld {
  readonly broken: string[] = [];
  readonly apps: WorldApp[];
  readonly #machine: InboxMachine<WorldApp>;
  readonly #known = new Map<string, Known>();
  /** Keys that may not be handed over again, each until a time. */
  readonly #finished = new Map<string, number>();
  #now = 0;

  constructor(apps: readonly WorldApp["settings"][], random: () => number) {
    this.apps = apps.map((settings) => ({ settings, isReading: false }));
    this.#machine = new InboxMachine(random);
  }

  /** How many messages had no end yet. */
  get open(): number {
    return this.#known.size;
  }

  take(step: Step): void {
    switch (step.do) {
      case "receive":
        for (let n = 0; n < step.count; n += 1) this.#receive(`${step.key + n}`, step.app);
        break;
      case "readers": {
        const app = this.#app(step.app);
        app.isReading = step.isReading;
        this.#send({ type: "readers", app, isReading: step.isReading });
        break;
      }
      case "wait":
        this.#wait(step.ms);
        break;
      case "claim": {
        const key = this.#nth(step.nth, "claiming");
        const known = key === undefined ? undefined : this.#known.get(key);
        if (key === undefined || known === undefined) break;
        known.place = "held";
        this.#send({ type: "claimed", key, claim: step.claim });
        break;
      }
      default:
        this.#settle(step);
    }
  }

  /** Lets everything come to its end: all apps read, one message fails for each that is answered. */
  drain(): void {
    for (const app of this.apps.keys()) this.take({ do: "readers", app, isReading: true });
    for (let round = 0; round < 3000 && this.open > 0; round += 1) {
      this.take({ do: "claim", nth: 0, claim: "ours" });
      this.take({ do: "fail", nth: 0, failure: "app-failed" });
      this.take({ do: "claim", nth: 0, claim: "ours" });
      this.take({ do: "answer", nth: 0 });
      if (round % 10 === 0) this.take({ do: "wait", ms: 80_000 });
    }
  }

  #receive(key: string, appIndex: number): void {
    const app = this.#app(appIndex);
    const effects = this.#send({ type: "received", key, app, isReading: app.isReading });
    const words = effects.filter(({ type }) =>
      ["taken", "joined", "duplicate", "refused"].includes(type),
    );
    this.#expect(words.length === 1, `a copy of ${key} heard ${words.length} words`);
  }

  #settle(step: Step & { readonly do: "answer" | "fail" }): void {
    const key = this.#nth(step.nth, "processing");
    const known = key === undefined ? undefined : this.#known.get(key);
    if (key === undefined || known === undefined) return;
    const attempt = known.attempts;
    if (step.do === "answer") {
      this.#send({ type: "answered", key, attempt });
      this.#expect(!this.#known.has(key), `${key} was answered and had no end`);
      return;
    }
    known.place = "held";
    this.#send({ type: "failed", key, attempt, failure: step.failure });
  }

  /** Ticks when the machine asks for it, as the inbox does. */
  #wait(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const { nextAt } = this.#machine;
      if (nextAt === undefined || nextAt > until) break;
      this.#expect(nextAt >= this.#now, `a tick is asked for in the past`);
      this.#now = Math.max(nextAt, this.#now);
      this.#send({ type: "tick" });
      this.#expect((this.#machine.nextAt ?? until) > this.#now - 1, "time stands still");
    }
    this.#now = until;
  }

  #send(event: InboxEvent<WorldApp>): readonly InboxEffect<WorldApp>[] {
    const effects = this.#machine.handle(event, this.#now);
    for (const effect of effects) this.#note(effect, event);
    this.#checkLoad();
    return effects;
  }

  #note(effect: InboxEffect<WorldApp>, event: InboxEvent<WorldApp>): void {
    if (effect.type === "forgot") return;
    if (effect.type === "fault") throw effect.error;
    const { key } = effect;
    const known = this.#known.get(key);
    if (effect.type === "taken" && event.type === "received") {
      this.#taken(key, event.app);
      return;
    }
    if (effect.type === "refused") {
      const isFull = this.#count("held") >= mostHeld;
      this.#expect(isFull && known === undefined, `${key} was refused while there was room`);
      return;
    }
    if (effect.type === "duplicate") {
      this.#expect(this.#isFinished(key), `${key} is called a duplicate and had no end`);
      return;
    }
    if (known === undefined) {
      // The end of a message is the last effect but for its settlement.
      this.#expect(false, `${effect.type} for ${key}, which is not known`);
      return;
    }
    this.#noteOf(known, effect);
  }

  #noteOf(known: Known, effect: Extract<InboxEffect<WorldApp>, { readonly key: string }>): void {
    const { key } = effect;
    if (effect.type === "claim") known.place = "claiming";
    if (effect.type === "tell") known.tells += 1;
    if (effect.type === "hand-over") {
      this.#expect(known.app.isReading, `${key} was handed over and nobody reads`);
      this.#expect(!this.#isFinished(key), `${key} was handed over again after its end`);
      this.#expect(
        effect.attempt <= known.app.settings.redeliver + 1,
        `${key} was handed over ${effect.attempt} times`,
      );
      known.place = "processing";
      known.attempts = effect.attempt;
    }
    if (effect.type !== "end") return;
    this.#expect(known.tells === 1, `the copies of ${key} were told ${known.tells} ends`);
    const { outcome } = effect.end;
    const waitedMs = this.#now - known.takenAt;
    const mayGo = outcome !== "overflow" || (known.place === "held" && waitedMs >= 120_000);
    this.#expect(mayGo, `${key} was dropped after ${waitedMs} ms while ${known.place}`);
    this.#known.delete(key);
    if (["answered", "unanswered", "lost", "known"].includes(outcome)) {
      this.#finished.set(key, this.#now + known.app.settings.rememberForMs);
    }
  }

  #taken(key: string, app: WorldApp): void {
    this.#expect(!this.#isFinished(key), `${key} was taken again after its end`);
    const known = { app, takenAt: this.#now, attempts: 0, tells: 0 };
    this.#known.set(key, { ...known, place: "held" });
  }

  #checkLoad(): void {
    for (const app of this.apps) {
      const busy = [...this.#known.values()].filter(
        (known) => known.app === app && known.place === "processing",
      );
      this.#expect(
        busy.length <= app.settings.maxInFlight,
        `${busy.length} messages are with one app`,
      );
    }
    // Messages that failed come back to those that are held, so the places of the apps add to them.
    const places = this.apps.reduce((sum, { settings }) => sum + settings.maxInFlight, 0);
    const held = this.#count("held");
    this.#expect(held <= mostHeld + places, `${held} messages are held`);
    this.#expect(this.#machine.held === this.#count("held"), "the machine counts otherwise");
  }

  #isFinished(key: string): boolean {
    return (this.#finished.get(key) ?? Number.NEGATIVE_INFINITY) > this.#now;
  }

  #count(place: Known["place"]): number {
    return [...this.#known.values()].filter((known) => known.place === place).length;
  }

  #nth(nth: number, place: Known["place"]): string | undefined {
    const keys = [...this.#known].filter(([, known]) => known.place === place);
    return keys[nth % Math.max(keys.length, 1)]?.[0];
  }

  #app(index: number): WorldApp {
    const app = this.apps[index % this.apps.length];
    if (app === undefined) throw new Error("a world without apps");
    return app;
  }

  #expect(holds: boolean, complaint: string): void {
    if (!holds) this.broken.push(complaint);
  }
}
