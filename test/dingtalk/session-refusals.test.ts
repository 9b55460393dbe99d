import { describe, expect, test } from "vitest";
import { catalogue, gatewayBan, unknownRefusal } from "../../src/dingtalk/errcodes.ts";
import { RobotUnreachableError, unreachableReasons } from "../../src/dingtalk/errors.ts";
import { sessionReasons } from "../../src/dingtalk/session-errors.ts";
import {
  refusalInConversation,
  remedyInConversation,
  unreachableRemedies,
} from "../../src/dingtalk/session-refusals.ts";

/** What only a webhook robot has, and a person who answers in a conversation cannot set. */
const ofWebhookRobots = /component's url|secret|msgUuid|20 messages|access.token|robot's page/i;

const refusals = [...catalogue, gatewayBan, unknownRefusal].map((refusal) =>
  refusalInConversation({ refusal, errcode: undefined, errmsg: "" }),
);

const missingAnswers = [400, 401, 403, 404, 405, 407, 410, 413, 429, 500, 503].map((httpStatus) => {
  const details = { message: "", httpStatus, mayHaveArrived: httpStatus >= 500 };
  return remedyInConversation(new RobotUnreachableError("http-error", details));
});

describe("the failures of a conversation", () => {
  test.each(refusals.map((refusal) => [refusal.reason, refusal] as const))(
    "blame no webhook robot for %s",
    (_reason, { summary, remedy }) => {
      expect(`${summary}; ${remedy}`).not.toMatch(ofWebhookRobots);
    },
  );

  test("blame no webhook robot for a missing answer or a session that is over", () => {
    const remedies = [
      ...Object.values(unreachableRemedies),
      ...missingAnswers,
      ...Object.values(sessionReasons).map(({ remedy }) => remedy),
    ];

    expect(remedies.filter((remedy) => ofWebhookRobots.test(remedy))).toEqual([]);
    expect(Object.keys(unreachableRemedies)).toEqual(Object.keys(unreachableReasons));
  });

  test("tell a message that had not left from one that may have arrived", () => {
    const [unsent, sent] = [false, true].map((mayHaveArrived) =>
      remedyInConversation(new RobotUnreachableError("cancelled", { message: "", mayHaveArrived })),
    );

    expect(unsent).toContain("had not left");
    expect(sent).toContain("may have arrived");
  });
});

describe("errcode 300001 in a conversation", () => {
  test.each([
    ["", "session-expired"],
    ["token is not exist", "session-expired"],
    ["会话已过期", "session-expired"],
    ["不存在", "session-expired"],
    ["msgtype is null", "param-invalid"],
    ["param error", "param-invalid"],
  ])("with the text '%s' is %s", (errmsg, reason) => {
    const [given] = catalogue.filter((row) => row.reason === "param-invalid");
    const refusal = given ?? unknownRefusal;

    expect(refusalInConversation({ refusal, errcode: 300001, errmsg }).reason).toBe(reason);
  });
});
