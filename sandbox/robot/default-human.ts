import { createHash } from "node:crypto";
import type { HumanSettings } from "../api/types.ts";
import type { RobotSettings } from "./settings.ts";

/** The human of a new room. The ids follow from the token, so they are the same in every run. */
export function defaultHuman({ token, app }: RobotSettings): HumanSettings {
  return {
    mode: app === undefined ? "http" : "stream",
    callbackUrl: null,
    clientId: app?.clientId ?? `dingsandbox${digest(token, "client").toString("hex").slice(0, 8)}`,
    appSecret: app?.clientSecret ?? null,
    outgoingToken: null,
    senderNick: "小钉",
    senderStaffId: "sandbox-staff",
    // Not the token: a program may log the title. Not "sandbox": another robot has this name.
    conversationTitle: "沙箱群",
    conversationType: "2",
    conversationId: null,
    sessionMinutes: 90,
    redeliverAfterSeconds: 60,
    redeliveries: 1,
    redeliveryTimestamp: "same",
  };
}

/** The robot's id in a room, `chatbotUserId` of a message: each room has its own. */
export function chatbotUserIdOf(token: string): string {
  return `$:LWCP_v1:$${digest(token, "chatbot").toString("base64")}`;
}

/** The conversation's id. If it is not set, each room has one for its group and one for its 1:1. */
export function conversationIdOf(token: string, human: HumanSettings): string {
  const { conversationId, conversationType } = human;
  return (
    conversationId ?? `cid${digest(token, `conversation ${conversationType}`).toString("base64")}`
  );
}

/** 16 bytes that do not give the token away. */
function digest(token: string, purpose: string): Buffer {
  return createHash("sha256").update(`${purpose}\n${token}`).digest().subarray(0, 16);
}
