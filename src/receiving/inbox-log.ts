import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import type { InboxEntry } from "./inbox-entry.ts";
import { logId } from "./log-id.ts";
import type { HandOverFailure, ReceivingApp } from "./receiving-app.ts";

/** The log tells at most this often that the quota is used up. */
const quotaLogMs = 3_600_000;

/** Logs what the operator has to know of messages, and nothing that people wrote. */
export class InboxLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  #quotaToldAt = Number.NEGATIVE_INFINITY;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** The app got no chance any more to take a message. */
  lost({ app, message, attempt: attempts }: InboxEntry, reason: HandOverFailure): void {
    const { instance } = app;
    const msgId = logId(message.msgId);
    const msgtype = logId(message.msgtype);
    this.#log.error(
      { instance, msgId, msgtype, conversation: kindOf(message.isGroup), reason, attempts },
      "a message is lost, the app took it in no attempt",
    );
  }

  /** The program failed at one step. The other messages go on. */
  internal(error: unknown): void {
    this.#log.error({ err: error, reason: "internal" }, "a step of the inbox failed");
  }

  /** A hand-over failed in a way that nobody foresaw. */
  handOverFailed({ instance }: ReceivingApp, error: unknown): void {
    this.#log.error({ err: error, instance }, "a hand-over failed");
  }

  /** A message told that the monthly quota is used up. */
  overQuota({ instance }: ReceivingApp): void {
    if (this.#clock.elapsed() - this.#quotaToldAt < quotaLogMs) return;
    this.#quotaToldAt = this.#clock.elapsed();
    this.#log.error(
      { instance },
      "the organisation's monthly quota is used up, messages come without their content; buy more in DingTalk's console or wait for the next month",
    );
  }
}

function kindOf(isGroup: boolean | undefined): "group" | "single" | "unknown" {
  if (isGroup === undefined) return "unknown";
  return isGroup ? "group" : "single";
}
