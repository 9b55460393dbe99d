import type { Refusal } from "./errcodes.ts";
import type { RobotUnreachableError, UnreachableReason } from "./errors.ts";
import type { RobotRefusal } from "./robot-answer.ts";
import { sessionReasons } from "./session-errors.ts";

/*
 * A session webhook answers with the errcodes of a webhook robot, and fails for the same reasons. The
 * causes differ: a conversation has neither an address nor a signature that somebody configured.
 */

type Row = Pick<Refusal, "summary" | "remedy">;

const checkAddress = "pass the sessionWebhook of a message as DingTalk sent it";

const wrongAddress: Row = {
  summary: "the address is no session webhook",
  remedy: checkAddress,
};

const signatureWanted: Row = {
  summary: "DingTalk asked for a signature, which a session webhook does without",
  remedy: checkAddress,
};

/** What a refusal means in a conversation, where the catalogue speaks of a webhook robot. */
const refusalRows: ReadonlyMap<string, Row> = new Map([
  ["busy", { summary: "DingTalk is busy", remedy: "try again later" }],
  ["timestamp-invalid", signatureWanted],
  ["sign-mismatch", signatureWanted],
  [
    "keyword-missing",
    {
      summary: "the message holds none of the keywords that the robot asks for",
      remedy: "put one of the robot's keywords into the message",
    },
  ],
  [
    "ip-not-allowed",
    {
      summary: "the robot does not accept this address",
      remedy: "add this machine's outgoing IPv4 address to the robot's app at DingTalk",
    },
  ],
  [
    "security-refused",
    {
      summary: "the message did not pass the robot's security settings",
      remedy: "look at the security settings of the robot's app at DingTalk",
    },
  ],
  [
    "group-dissolved",
    { summary: "the conversation's group was dissolved", remedy: "answer in another conversation" },
  ],
  [
    "robot-stopped",
    { summary: "the robot is stopped", remedy: "enable the robot of the app at DingTalk" },
  ],
  [
    "throttled",
    {
      summary: "DingTalk took too many messages in this conversation",
      remedy: "send less, or try again in a minute",
    },
  ],
  ["token-missing", wrongAddress],
  ["path-unknown", wrongAddress],
]);

const expired: Refusal = {
  reason: "session-expired",
  kind: "access",
  summary: "the session webhook has expired",
  remedy: sessionReasons["session-expired"].remedy,
};

/** The texts of a 300001 that is about the message. With any other text, the session is unknown. */
const aboutMessage = /msgtype is null|param error/i;

/** The refusal as it is to be understood in a conversation. */
export function refusalInConversation({ refusal, errcode, errmsg }: RobotRefusal): Refusal {
  const isUnknownSession = errcode === 300001 && !aboutMessage.test(errmsg);
  if (isUnknownSession || refusal.reason === "token-unknown") return expired;
  return { ...refusal, ...refusalRows.get(refusal.reason) };
}

const otherAnswers =
  "check that no gateway or proxy answers in DingTalk's place, and that the address is a sessionWebhook";
const lookBeforeRepeating =
  "look into the conversation before you send it again, the message may have arrived";

/** What to do in a conversation when no usable answer came. */
export const unreachableRemedies: Readonly<Record<UnreachableReason, string>> = {
  "dns-failed": "check the pod's DNS and the host of the sessionWebhook",
  "connect-failed": "check that DingTalk's host can be reached from here, or set HTTPS_PROXY",
  "tls-failed":
    "check the certificate of DingTalk's host; a CA of your own goes into NODE_EXTRA_CA_CERTS",
  "proxy-failed":
    "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and that the proxy lets DingTalk's host through",
  "no-connection-left":
    "raise this process's limit of open files, send less at a time, or find out why DingTalk's host answers slowly",
  "connection-lost": lookBeforeRepeating,
  "not-http": otherAnswers,
  "http-error": "DingTalk's host is in trouble; try again later",
  redirected: otherAnswers,
  "unusable-answer": otherAnswers,
  timeout: `raise responseTimeout, or ${lookBeforeRepeating}`,
  cancelled: `the caller went away; ${lookBeforeRepeating}`,
};

/** Remedies for a client error. A repeat gets the same answer, so that waiting cures none but 429. */
const statusRemedies: ReadonlyMap<number, string> = new Map([
  [404, checkAddress],
  [410, checkAddress],
  [413, "a gateway takes no body of this size; shorten the message or raise the gateway's limit"],
  [429, "send less, DingTalk's host asks to be left alone for a while"],
]);

/** What to do about a missing answer in a conversation. */
export function remedyInConversation({
  reason,
  httpStatus = 0,
  facts,
}: Pick<RobotUnreachableError, "reason" | "httpStatus" | "facts">): string {
  if (reason === "cancelled" && facts.neverReached) {
    return "the message had not left; send it again if it is still wanted";
  }
  const isClientError = reason === "http-error" && httpStatus < 500;
  if (isClientError) return statusRemedies.get(httpStatus) ?? otherAnswers;
  return unreachableRemedies[reason];
}
