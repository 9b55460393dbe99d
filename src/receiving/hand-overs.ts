import type { Clock } from "../base/clock.ts";
import type { ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import type { InboxEntry } from "./inbox-entry.ts";
import type { InboxEvent } from "./inbox-events.ts";
import type { InboxLog } from "./inbox-log.ts";
import { LateWaits } from "./late-waits.ts";
import { HandOverError, type ReceivingApp } from "./receiving-app.ts";

interface HandOversDeps {
  readonly clock: Clock;
  readonly log: InboxLog;
  readonly telemetry: ReceiveTelemetry;
  readonly dispatch: (event: InboxEvent<ReceivingApp>) => void;
  /** Hears that an answer was said, or failed to be. */
  readonly onSaid: () => void;
}

/** Hands messages over to apps, waits for their answers, and has these said. */
export class HandOvers {
  readonly #deps: HandOversDeps;
  readonly #lateWaits: LateWaits;
  #saying = 0;

  constructor(deps: HandOversDeps) {
    this.#deps = deps;
    this.#lateWaits = new LateWaits(deps.clock, () => deps.telemetry.answerForgotten());
  }

  /** Answers that are being said. */
  get saying(): number {
    return this.#saying;
  }

  /** Waits for no late answer any more. */
  close(): void {
    this.#lateWaits.close();
  }

  /** The app may still answer, and its answer can be said while the session lives. */
  giveUp(entry: InboxEntry): void {
    entry.endAttempt("unanswered");
    entry.slim();
    this.#lateWaits.add(entry.wait, entry.message.session);
  }

  /** Hands a message over once. Tells the inbox how it went. Never rejects. */
  async begin(entry: InboxEntry, attempt: number): Promise<void> {
    const { clock } = this.#deps;
    const handedOverAt = clock.elapsed();
    entry.begin(attempt, (outcome) => this.#deps.telemetry.appAttempt(outcome));
    const { wait } = entry;
    try {
      const body = await this.#callApp(entry, attempt);
      this.#deps.telemetry.handledIn((clock.elapsed() - handedOverAt) / 1000);
      this.#answered(entry, attempt, body);
    } catch (error) {
      if (!wait.isOver.aborted) this.#failed(entry, attempt, error);
    } finally {
      this.#lateWaits.remove(wait);
    }
  }

  /** Not async: an async function would keep the message for as long as it waits. */
  #callApp({ app, message, watch, wait }: InboxEntry, attempt: number): Promise<Buffer> {
    const { traceparent } = watch;
    const { isLate, isOver } = wait;
    return app.handOver(message, attempt, { traceparent, isLate, isOver });
  }

  #answered(entry: InboxEntry, attempt: number, body: Buffer): void {
    const isLate = entry.end !== undefined;
    entry.endAttempt("answered");
    entry.resolveAnswer(body);
    this.#saying += 1;
    void this.#say(entry, body, isLate);
    this.#deps.dispatch({ type: "answered", key: entry.message.key, attempt });
  }

  async #say({ app, message, watch }: InboxEntry, body: Buffer, isLate: boolean): Promise<void> {
    const isSaid = watch.answers();
    try {
      const kind = await app.answered(message, body);
      // A late answer belongs to a message that was counted as unanswered.
      if (!isLate) this.#deps.telemetry.handled(app.instance, kind);
      if (!isLate) watch.ends(kind);
    } catch (error) {
      this.#deps.log.internal(error);
    } finally {
      isSaid();
      this.#saying -= 1;
      this.#deps.onSaid();
    }
  }

  #failed(entry: InboxEntry, attempt: number, error: unknown): void {
    const { app, message } = entry;
    if (!(error instanceof HandOverError)) {
      this.#deps.log.handOverFailed(app, error);
    }
    const failure = error instanceof HandOverError ? error.failure : "app-failed";
    entry.endAttempt(failure === "app-failed" ? "failed" : failure);
    this.#deps.dispatch({ type: "readers", app, isReading: app.isReading });
    this.#deps.dispatch({ type: "failed", key: message.key, attempt, failure });
  }
}
