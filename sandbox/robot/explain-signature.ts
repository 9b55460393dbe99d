import { sign } from "../../src/dingtalk/signature.ts";
import type { ExplanationCode, Remark } from "../api/types.ts";
import { signatureWindowMs } from "./checks.ts";
import type { RefusedRequest } from "./explain.ts";
import { remark, toMinutes } from "./remark.ts";

type Explanation = Remark<ExplanationCode>;

/** Says what is wrong with a signature. */
export function explainSignature(refused: RefusedRequest): Explanation {
  switch (refused.refusal.cause) {
    case "sign-missing":
    case "timestamp-missing":
      return explainAbsence(refused);
    case "timestamp-malformed":
      return remark("timestamp-malformed", "the timestamp is not a number of milliseconds");
    case "timestamp-expired":
      return explainTime(refused);
    default:
      return explainMismatch(refused);
  }
}

function explainAbsence({ request: { query, headers } }: RefusedRequest): Explanation {
  const hasHeader = headers.sign !== undefined || headers.timestamp !== undefined;
  const hasSign = Boolean(query.get("sign"));
  const hasTimestamp = Boolean(query.get("timestamp"));
  if (hasHeader) {
    const text = "timestamp and sign came as headers, they belong into the address";
    return remark("signature-in-headers", text);
  }
  if (hasTimestamp) return remark("sign-missing", "the address has a timestamp but no sign");
  if (hasSign) return remark("timestamp-missing", "the address has a sign but no timestamp");
  return remark(
    "signature-missing",
    "the robot has a secret and the address no timestamp and sign",
  );
}

function explainTime({ refusal, request: { query }, now }: RefusedRequest): Explanation {
  const [first, ...others] = query.getAll("timestamp").map(Number);
  const isNear = (timestamp: number) => Math.abs(timestamp - now) <= signatureWindowMs;
  if (first !== undefined && isNear(first * 1000)) {
    const text = "the timestamp is in seconds, it has to be in milliseconds";
    return remark("timestamp-in-seconds", text);
  }
  const minutes = toMinutes(refusal.details.skewMs ?? 0);
  if (others.some(isNear)) return stale(minutes);
  const direction = minutes > 0 ? "ahead of" : "behind";
  const text = `the timestamp is ${Math.abs(minutes)} minutes ${direction} the sandbox's clock, more than an hour`;
  return remark("clock-off", text, { minutes });
}

function explainMismatch({ refusal, request, robot, now }: RefusedRequest): Explanation {
  const { query } = request;
  const given = query.get("sign") ?? "";
  const { secret = "" } = robot;
  const right = sign(Number(query.get("timestamp")), secret);
  if (isEncodedAgain(given, right)) {
    return remark("sign-encoded-twice", "the sign was percent-encoded twice");
  }
  if (given.replaceAll(" ", "+") === right) {
    return remark("sign-not-encoded", "the sign was not percent-encoded, its + became a space");
  }
  if (hasRightPair(query, secret, now)) return stale(toMinutes(refusal.details.skewMs ?? 0));
  return remark("sign-wrong-secret", "the sign was made with another secret than the robot's");
}

function isEncodedAgain(given: string, right: string): boolean {
  return given.toLowerCase() === encodeURIComponent(right).toLowerCase() && given !== right;
}

/** Whether the address also holds a timestamp and a sign that would be accepted. */
function hasRightPair(query: URLSearchParams, secret: string, now: number): boolean {
  const signs = query.getAll("sign");
  return query.getAll("timestamp").some((text) => {
    const timestamp = Number(text);
    return (
      Math.abs(timestamp - now) <= signatureWindowMs && signs.includes(sign(timestamp, secret))
    );
  });
}

function stale(minutes: number): Explanation {
  const text = "an old timestamp or sign is still in the address, and the first one counts";
  return remark("timestamp-stale-in-url", text, { minutes });
}
