import type { FailureFacts } from "../delivery/channel.ts";
import { DingTalkError } from "./errors.ts";

/** Why nothing can be said in a conversation, as a stable word for programs. */
export type SessionReason = "message-unknown" | "session-expired" | "session-host";

interface SessionRow {
  readonly message: string;
  readonly remedy: string;
  readonly outcome: FailureFacts["outcome"]["kind"];
}

/** One row for each reason. The documents list the texts from here. */
export const sessionReasons: Readonly<Record<SessionReason, SessionRow>> = {
  "message-unknown": {
    message: "not sent, no message with this msgId is known",
    remedy:
      "pass the msgId of a message that this component received, or the message's sessionWebhook",
    outcome: "not_sent",
  },
  "session-expired": {
    message: "not sent, the session webhook has expired",
    remedy:
      "answer before the sessionWebhookExpiredTime of the message, or send through a robot's own webhook",
    outcome: "not_sent",
  },
  "session-host": {
    message: "not sent, the session webhook is no https address of DingTalk",
    remedy: "check where the message came from, or add the host to allowedSessionHosts",
    outcome: "invalid",
  },
};

/** Nothing was posted, because the conversation cannot be spoken in. */
export class SessionError extends DingTalkError {
  override readonly name = "SessionError";
  readonly code = "SESSION";
  declare readonly reason: SessionReason;
  /** The host of an address that is not called. The rest of the address is secret. */
  readonly host: string | undefined;

  constructor(reason: SessionReason, { host }: { readonly host?: string | undefined } = {}) {
    const { message, remedy, outcome } = sessionReasons[reason];
    super({ message, reason, remedy, facts: { ...unsent, outcome: { kind: outcome, reason } } });
    this.host = host;
  }
}

const unsent: Omit<FailureFacts, "outcome"> = {
  repeat: "never",
  mayHaveArrived: false,
  isUnderWay: false,
  neverReached: true,
  limit: "unknown",
  retryAfterMs: undefined,
  target: "good",
  lasts: "no",
};
