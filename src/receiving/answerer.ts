import type { Logger } from "pino";
import { factsOf } from "../delivery/channel.ts";
import type { DeliveryOptions } from "../delivery/options.ts";
import { InvalidMessageError, RobotUnreachableError } from "../dingtalk/errors.ts";
import { encodeMessage, parseMessage, type RobotMessage } from "../dingtalk/message.ts";
import { SessionError } from "../dingtalk/session-errors.ts";
import type { AnswerOutcome, ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import { type AnswerMode, judgeAnswer } from "./answers.ts";
import { type ConversationDeps, mentionAsker, say } from "./conversation.ts";
import { logId } from "./log-id.ts";
import type { ReceivedMessage, Session } from "./received-message.ts";
import type { AnswerKind } from "./receiving-app.ts";

/** How a component answers. Read anew for each answer, because the configuration may change. */
export interface AnswerSettings {
  readonly answers: AnswerMode;
  readonly replyAt: boolean;
  readonly allowedSessionHosts: readonly string[];
  readonly delivery: DeliveryOptions;
}

interface AnswererDeps extends ConversationDeps {
  /** The component's name. */
  readonly instance: string;
  readonly settings: () => AnswerSettings;
  readonly log: Logger;
  readonly telemetry: ReceiveTelemetry;
}

/** What an answer comes to before it is said. */
type Verdict = { readonly message: RobotMessage } | { readonly outcome: AnswerOutcome | "silent" };

const neverAborts = new AbortController().signal;

/** Says in the conversation what the app of one component answers. */
export class Answerer {
  readonly #deps: AnswererDeps;
  #isHinted = false;

  constructor(deps: AnswererDeps) {
    this.#deps = deps;
  }

  /** See `ReceivingApp.answered`. */
  async answered(message: ReceivedMessage, body: Buffer): Promise<AnswerKind> {
    // Without a session, only the response to a callback can carry the answer.
    if (message.session === undefined && message.via === "http") return this.#kindOf(body);
    const verdict = this.#judge(message, body);
    if ("outcome" in verdict) return this.#count(verdict.outcome);
    const { session } = message;
    const outcome =
      session === undefined
        ? this.#expired(message, "the message brought no session webhook")
        : await this.#say(verdict.message, session, message);
    return this.#count(outcome);
  }

  /**
   * The message that the response to a callback carries, which cannot go in parts. Undefined if the app
   * says nothing, and for a message that DingTalk would not take.
   */
  responseFor(message: ReceivedMessage, body: Buffer): Buffer | undefined {
    const verdict = this.#judge(message, body);
    if ("outcome" in verdict) {
      this.#count(verdict.outcome);
      return undefined;
    }
    try {
      const response = encodeMessage(verdict.message);
      this.#count("sent");
      return response;
    } catch (error) {
      this.#count(this.#failed(message, error));
      return undefined;
    }
  }

  /** Tells of an answer that came after the response to its callback, the only way to say it. */
  missed(message: ReceivedMessage, body: Buffer): void {
    if (this.#kindOf(body) === "silent") return;
    this.#count(this.#expired(message, "it came after the response to the callback"));
  }

  #kindOf(body: Buffer): AnswerKind {
    const { kind } = judgeAnswer(body, this.#deps.settings().answers);
    return kind === "silent" ? "silent" : "answered";
  }

  #judge(received: ReceivedMessage, body: Buffer): Verdict {
    const { answers, replyAt } = this.#deps.settings();
    const said = judgeAnswer(body, answers);
    if (said.kind === "not-a-message") this.#hint();
    if (said.kind === "too-large") this.#warn(received, { reason: said.kind, bytes: body.length });
    if (said.kind !== "message") return { outcome: said.kind };
    try {
      const message = parseMessage(said.data);
      return { message: replyAt ? mentionAsker(message, received) : message };
    } catch (error) {
      return { outcome: this.#failed(received, error) };
    }
  }

  async #say(
    message: RobotMessage,
    session: Session,
    received: ReceivedMessage,
  ): Promise<AnswerOutcome> {
    const { instance } = this.#deps;
    const { delivery: options, allowedSessionHosts: allowedHosts } = this.#deps.settings();
    const never = { deadlineAt: Number.POSITIVE_INFINITY, signal: neverAborts };
    try {
      await say({ instance, session, message, options, allowedHosts, ...never }, this.#deps);
      return "sent";
    } catch (error) {
      return this.#failed(received, error);
    }
  }

  #failed(received: ReceivedMessage, error: unknown): AnswerOutcome {
    const outcome = answerOutcomeOf(error);
    if (outcome === "expired") return this.#expired(received, "the session webhook has expired");
    const { reason, errcode, httpStatus } = factsOf(error).outcome;
    const { host, remedy } = error instanceof SessionError ? error : {};
    const field = error instanceof InvalidMessageError ? error.field : undefined;
    const isOurs = reason === "internal";
    this.#warn(received, {
      reason,
      errcode,
      httpStatus,
      host,
      field,
      remedy,
      ...(isOurs && { err: error }),
    });
    return outcome;
  }

  #warn({ msgId }: ReceivedMessage, fields: Readonly<Record<string, unknown>>): void {
    this.#deps.log.warn({ msgId: logId(msgId), ...fields }, "the app's answer was not said");
  }

  #expired({ msgId }: ReceivedMessage, why: string): "expired" {
    this.#deps.log.error(
      { msgId: logId(msgId), reason: "session-expired" },
      `the app's answer was not said, ${why}`,
    );
    return "expired";
  }

  #hint(): void {
    if (this.#isHinted) return;
    this.#isHinted = true;
    this.#deps.log.warn(
      "the app's answer is no message and is not said; answer an object with msgtype to speak, nothing to be silent, or set answers: none; further answers of this kind are only counted",
    );
  }

  #count(outcome: AnswerOutcome | "silent"): AnswerKind {
    if (outcome === "silent") return "silent";
    this.#deps.telemetry.answer(this.#deps.instance, outcome);
    return outcome === "not-a-message" ? "silent" : "answered";
  }
}

/** What a failure to say something counts as. `refused`: also by this component. */
export function answerOutcomeOf(error: unknown): AnswerOutcome {
  const { reason } = factsOf(error).outcome;
  if (reason === "session-expired") return "expired";
  if (reason === "session-host") return "session-host";
  return error instanceof RobotUnreachableError ? "unreachable" : "refused";
}
