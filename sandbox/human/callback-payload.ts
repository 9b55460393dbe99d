import { sign } from "../../src/dingtalk/signature.ts";
import type { HumanSettings } from "../api/types.ts";

/** What a human says to a robot, and the way back. */
export interface Speech {
  readonly text: string;
  readonly human: HumanSettings;
  /** Unguessable; ids are made from it. */
  readonly sessionId: string;
  readonly sessionWebhook: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly now: number;
}

/**
 * The JSON of a robot callback from a group.
 *
 * @see https://open.dingtalk.com/document/orgapp/receive-message
 */
export function callbackBody(speech: Speech): string {
  const { text, human, sessionId, sessionWebhook, expiresAt, now } = speech;
  return JSON.stringify({
    senderPlatform: "Web",
    conversationId: "cidSandbox==",
    atUsers: [{ dingtalkId: "$:LWCP_v1:$sandboxRobot" }],
    // Robots that are configured with an app secret belong to an organisation, others do not.
    ...(human.appSecret === null ? {} : { chatbotCorpId: corpId, senderCorpId: corpId }),
    chatbotUserId: "$:LWCP_v1:$sandboxRobot",
    msgId: `msg${sessionId}==`,
    senderNick: human.senderNick,
    isAdmin: true,
    senderStaffId: human.appSecret === null ? "" : "sandbox-staff",
    sessionWebhookExpiredTime: expiresAt,
    createAt: now,
    conversationType: "2",
    senderId: "$:LWCP_v1:$sandboxHuman",
    conversationTitle: human.conversationTitle,
    isInAtList: true,
    sessionWebhook,
    // What is left of "@robot text" once the mention is taken out.
    text: { content: ` ${text}` },
    robotCode: human.appSecret === null ? "normal" : "dingsandboxrobot",
    msgtype: "text",
  });
}

const corpId = "dingsandbox";

/** Signed for an app's robot; with the token of an Outgoing robot where one is set. */
export function callbackHeaders(
  { appSecret, outgoingToken }: HumanSettings,
  now: number,
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json; charset=utf-8",
    ...(appSecret !== null && { timestamp: String(now), sign: sign(now, appSecret) }),
    ...(outgoingToken !== null && { token: outgoingToken }),
  };
}
