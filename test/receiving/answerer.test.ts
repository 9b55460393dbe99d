import { describe, expect, test } from "vitest";
import { noMessageNamed } from "../../src/binding/failures.ts";
import { unknownRefusal } from "../../src/dingtalk/errcodes.ts";
import {
  InvalidMessageError,
  RobotRefusedError,
  RobotUnreachableError,
} from "../../src/dingtalk/errors.ts";
import { SessionError } from "../../src/dingtalk/session-errors.ts";
import { answerOutcomeOf } from "../../src/receiving/answerer.ts";

describe("a failure to say something counts as", () => {
  test.each([
    ["expired", "a session that is over", new SessionError("session-expired")],
    ["session-host", "an address elsewhere", new SessionError("session-host")],
    ["refused", "an unknown msgId", new SessionError("message-unknown")],
    ["refused", "metadata that names no message", noMessageNamed()],
    ["refused", "a message that is none", new InvalidMessageError("", "", "")],
    [
      "refused",
      "a refusal of DingTalk",
      new RobotRefusedError(unknownRefusal, { errcode: 1, errmsg: "" }),
    ],
    [
      "unreachable",
      "an answer that did not come",
      new RobotUnreachableError("timeout", { message: "", mayHaveArrived: true }),
    ],
  ])("%s for %s", (outcome, _case, error) => {
    expect(answerOutcomeOf(error)).toBe(outcome);
  });
});
