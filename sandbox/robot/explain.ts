import {
  messagesPerMinute as defaultMessagesPerMinute,
  maxBodyBytes,
} from "../../src/dingtalk/limits.ts";
import { messageTypes } from "../../src/dingtalk/messages/index.ts";
import { isMisspelled } from "../../src/dingtalk/spelling.ts";
import type { ExplanationCode, Remark } from "../api/types.ts";
import type { Cause, Refusal } from "./answers.ts";
import type { RobotRequest } from "./checks.ts";
import { explainSignature } from "./explain-signature.ts";
import { remark, toMinutes } from "./remark.ts";
import type { RobotSettings } from "./settings.ts";

/** A refused request and what it was judged by. */
export interface RefusedRequest {
  readonly refusal: Refusal;
  readonly request: RobotRequest;
  readonly robot: RobotSettings;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Explanation = Remark<ExplanationCode>;
type Explainer = (refused: RefusedRequest) => Explanation;

const explainers: Readonly<Record<Cause, Explainer>> = {
  "method-not-post": ({ request: { method } }) =>
    remark("method-not-post", `robots take POST, this was ${method}`, { method }),
  "token-missing": () => remark("token-missing", "the address holds no access_token"),
  "token-unknown": () => remark("token-unknown", "no robot has this access_token"),
  throttled: explainThrottled,
  "quota-exceeded": ({ robot: { monthlyQuota = 0 } }) =>
    remark("quota-exceeded", `the robot had its ${monthlyQuota} messages of this month`, {
      monthlyQuota,
    }),
  "content-type-unsupported": explainContentType,
  "body-missing": () => remark("body-missing", "the request has no body"),
  "body-too-large": () =>
    remark("body-too-large", "the body has more than 1 MiB and was not read to its end"),
  "json-invalid": explainJson,
  "sign-missing": explainSignature,
  "sign-mismatch": explainSignature,
  "timestamp-missing": explainSignature,
  "timestamp-malformed": explainSignature,
  "timestamp-expired": explainSignature,
  "ip-not-allowed": ({ request: { remoteAddress: ip } }) =>
    remark("ip-not-allowed", `the robot does not accept the address ${ip}`, { ip }),
  "keyword-missing": explainKeywords,
  "msgtype-missing": () => remark("msgtype-missing", "the message has no msgtype"),
  "msgtype-unsupported": ({ refusal: { details } }) => explainMsgtype(details.msgtype),
  "field-missing": ({ refusal: { details } }) => explainField(details.field, details.spelledAs),
  "message-too-long": explainLength,
  "session-unknown": explainSession,
};

/** Says why a request was refused, more exactly than DingTalk does. */
export function explain(refused: RefusedRequest): Explanation {
  return explainers[refused.refusal.cause](refused);
}

function explainSession({ refusal: { details } }: RefusedRequest): Explanation {
  if (details.expiredMs === undefined) {
    return remark("session-unknown", "the sandbox has given out no such session webhook");
  }
  const minutes = toMinutes(details.expiredMs);
  const text = `the session webhook expired ${minutes} minutes ago`;
  return remark("session-expired", text, { minutes });
}

function explainThrottled({ refusal, robot }: RefusedRequest): Explanation {
  const { messagesPerMinute = defaultMessagesPerMinute } = robot;
  const penaltySeconds = Math.ceil((refusal.details.penaltyMs ?? 0) / 1000);
  const text = `more than ${messagesPerMinute} messages in a minute, the penalty lasts ${penaltySeconds} more seconds`;
  return remark("throttled", text, { penaltySeconds, messagesPerMinute });
}

function explainContentType({ request: { headers } }: RefusedRequest): Explanation {
  const contentType = headers["content-type"] ?? "";
  const found = contentType === "" ? "the request has none" : `the request has ${contentType}`;
  const text = `robots take the Content-Type application/json, ${found}`;
  return remark("content-type-unsupported", text, { contentType });
}

function explainJson({ request: { body } }: RefusedRequest): Explanation {
  const problem = jsonProblem(body.toString());
  return remark("json-invalid", `the body is no JSON object: ${problem}`, { problem });
}

function jsonProblem(text: string): string {
  try {
    JSON.parse(text);
    return "it is another value, or nested too deeply";
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function explainKeywords({ robot: { keywords = [] } }: RefusedRequest): Explanation {
  const joined = keywords.join(", ");
  return remark("keyword-missing", `the message holds none of the keywords: ${joined}`, {
    keywords: joined,
  });
}

function explainMsgtype(msgtype = ""): Explanation {
  if (msgtype === "") return remark("msgtype-missing", "the message has no msgtype");
  const right = Object.keys(messageTypes).find((name) => isMisspelled(msgtype, name));
  if (right !== undefined) {
    const text = `the msgtype is ${msgtype}, DingTalk spells it ${right}`;
    return remark("msgtype-misspelled", text, { msgtype, right });
  }
  return remark("msgtype-unsupported", `robots do not send the msgtype ${msgtype}`, { msgtype });
}

function explainField(field = "", spelledAs?: string): Explanation {
  if (spelledAs === undefined) {
    return remark("field-missing", `${field} is missing or empty`, { field });
  }
  const text = `${field} is missing, the message spells it ${spelledAs}`;
  return remark("field-misspelled", text, { field, spelledAs });
}

function explainLength({ request: { body } }: RefusedRequest): Explanation {
  const text = `the message has ${body.length} bytes, DingTalk takes ${maxBodyBytes}`;
  return remark("message-too-long", text, { bytes: body.length, maxBytes: maxBodyBytes });
}
