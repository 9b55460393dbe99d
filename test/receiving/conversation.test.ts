import { describe, expect, test } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { Delivery } from "../../src/delivery/delivery.ts";
import type { DeliveryOptions } from "../../src/delivery/options.ts";
import { Connections } from "../../src/dingtalk/connections.ts";
import { createMessage, type RobotMessage } from "../../src/dingtalk/message.ts";
import { mentionAsker, say } from "../../src/receiving/conversation.ts";
import { keepLog } from "../support/component.ts";
import { passTimeUntil } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Answer, acceptMessage, jsonAnswer, startRobot } from "../support/robot.ts";

const options: DeliveryOptions = {
  messagesPerMinute: 1,
  maxWaitMs: 0,
  maxQueue: 0,
  retries: 2,
  deduplicateForMs: 0,
  ttlMs: undefined,
  overflow: "reject",
  oversize: "reject",
  responseTimeoutMs: 1000,
};
const text = (content: string): RobotMessage =>
  createMessage({ msgtype: "text", text: { content } });

/** A conversation at a server that gives these answers, the last one again and again. */
async function converse(...answers: readonly [Answer, ...Answer[]]) {
  const clock = new FakeClock();
  let count = 0;
  const robot = await startRobot((response, post) => {
    const answer = answers[Math.min(count, answers.length - 1)] ?? answers[0];
    count += 1;
    answer(response, post);
  });
  const { origin } = new URL(robot.url);
  const delivery = new Delivery<RobotMessage>({ clock, log: keepLog().log, random: () => 0 });
  const deps = { clock, delivery, connections: new Connections({}) };
  const speak = (
    message: RobotMessage,
    given: Partial<DeliveryOptions> = {},
    expiresAt = Infinity,
  ) =>
    passTimeUntil(
      clock,
      say(
        {
          instance: "robot",
          session: { address: new Secret(`${origin}/robot/sendBySession?session=abc`), expiresAt },
          message,
          options: { ...options, ...given },
          allowedHosts: [origin],
          deadlineAt: Number.POSITIVE_INFINITY,
          signal: new AbortController().signal,
        },
        deps,
      ),
    );
  return { clock, robot, delivery, speak };
}

const throttled = jsonAnswer({ errcode: 130101, errmsg: "send too fast" });
const silence: Answer = () => {};

describe("what is said in a conversation", () => {
  test("is posted to the session webhook as it is, without a signature", async () => {
    const { robot, speak } = await converse(acceptMessage);

    await speak(text("状态"));

    expect(robot.posts).toMatchObject([
      {
        method: "POST",
        path: "/robot/sendBySession",
        body: '{"msgtype":"text","text":{"content":"状态"}}',
      },
    ]);
    expect([...(robot.posts[0]?.query.keys() ?? [])]).toEqual(["session"]);
  });

  test("does not count against the limit of webhook robots", async () => {
    const { robot, speak } = await converse(acceptMessage);

    for (let n = 0; n < 30; n += 1) await speak(text(`${n}`));

    expect(robot.posts).toHaveLength(30);
  });

  test.each([
    ["130101", throttled],
    ["410100", jsonAnswer({ errcode: 410100, errmsg: "" })],
    ["660026", jsonAnswer({ errcode: 660026, errmsg: "" })],
    ["-1", jsonAnswer({ errcode: -1, errmsg: "系统繁忙" })],
    ["HTTP 503", jsonAnswer({}, 503)],
  ])("is tried again after %s", async (_name, answer) => {
    const { robot, speak } = await converse(answer, answer, acceptMessage);

    await speak(text("x"));

    expect(robot.posts).toHaveLength(3);
  });

  test("is not tried again after a time-out, because it may have arrived", async () => {
    const { robot, speak } = await converse(silence);

    await expect(speak(text("x"))).rejects.toMatchObject({ reason: "timeout" });
    expect(robot.posts).toHaveLength(1);
  });

  test("is not tried again after a connection that broke behind the request", async () => {
    const { robot, speak } = await converse((response) => response.socket?.resetAndDestroy());

    await expect(speak(text("x"))).rejects.toMatchObject({ reason: "connection-lost" });
    expect(robot.posts).toHaveLength(1);
  });

  test("fails with the answer of the last attempt", async () => {
    const { robot, speak } = await converse(throttled);

    await expect(speak(text("x"))).rejects.toMatchObject({ reason: "throttled", errcode: 130101 });
    expect(robot.posts).toHaveLength(3);
  });

  test("does not follow a redirect", async () => {
    const elsewhere = await startRobot();
    const { speak } = await converse((response) => {
      response.writeHead(307, { location: elsewhere.url }).end();
    });

    await expect(speak(text("x"))).rejects.toMatchObject({ reason: "redirected" });
    expect(elsewhere.posts).toEqual([]);
  });

  test("goes in parts if it is too long and may be split", async () => {
    const { robot, speak } = await converse(acceptMessage);

    await speak(text("长".repeat(9000)), { oversize: "split", messagesPerMinute: 2 });

    expect(robot.posts).toHaveLength(2);
  });

  test.each([
    ["messagesPerMinute", 3, 3],
    ["20 without a limit", 0, 20],
  ])("has at most as many parts as %s", async (_name, messagesPerMinute, most) => {
    const { robot, speak } = await converse(acceptMessage);
    const options = { oversize: "split", messagesPerMinute } as const;
    const longest = text("长".repeat(6500 * most));
    const tooLong = text("长".repeat(6500 * most + 6500));

    await speak(longest, options);
    await expect(speak(tooLong, options)).rejects.toMatchObject({ reason: "invalid-message" });

    expect(robot.posts).toHaveLength(most);
  });

  test("is not posted after the end of the session", async () => {
    const { clock, robot, speak } = await converse(acceptMessage);

    await expect(speak(text("x"), {}, clock.now() - 1)).rejects.toMatchObject({
      reason: "session-expired",
    });
    expect(robot.posts).toEqual([]);
  });

  test.each(["session 不存在", "token is not exist", ""])(
    "fails as expired if DingTalk does not know the session and says '%s'",
    async (errmsg) => {
      const { speak } = await converse(jsonAnswer({ errcode: 300001, errmsg }));

      await expect(speak(text("x"))).rejects.toMatchObject({ reason: "session-expired" });
    },
  );

  test.each([
    ["HTTP 404", jsonAnswer({}, 404)],
    ["a body without an errcode", jsonAnswer({})],
    ["-1", jsonAnswer({ errcode: -1, errmsg: "系统繁忙" })],
    ["130101", throttled],
    ["310000", jsonAnswer({ errcode: 310000, errmsg: "sign not match" })],
    ["silence", silence],
  ] as const)("blames no webhook robot after %s", async (_name, answer) => {
    const { speak } = await converse(answer);

    await expect(speak(text("x"), { retries: 0 })).rejects.toMatchObject({
      message: expect.not.stringMatching(/20 messages|component's/),
      remedy: expect.not.stringMatching(/component's url|secret|msgUuid/),
    });
  });

  test("leaves nothing behind in this process", async () => {
    const { delivery, robot, speak } = await converse(acceptMessage);

    await speak(text("x"));

    expect(delivery.size).toBe(0);
    expect(await robot.openConnections()).toBeLessThanOrEqual(1);
  });
});

describe("the mention of the person who asked", () => {
  const asker = { senderStaffId: "0147", isGroup: true };
  const markdown = createMessage({ msgtype: "markdown", markdown: { title: "状态", text: "好" } });
  const link = createMessage({
    msgtype: "link",
    link: { title: "a", text: "b", messageUrl: "https://a.example" },
  });

  test("stands in the text and in at", () => {
    expect(mentionAsker(text("好"), asker).body).toEqual({
      msgtype: "text",
      text: { content: "好 @0147" },
      at: { atUserIds: ["0147"] },
    });
    expect(mentionAsker(markdown, asker).body).toMatchObject({
      markdown: { text: "好\n\n@0147" },
      at: { atUserIds: ["0147"] },
    });
  });

  test("is there if DingTalk does not say where the person asked", () => {
    expect(mentionAsker(text("好"), { ...asker, isGroup: undefined }).body.at).toBeDefined();
  });

  test.each([
    ["in a talk of two", text("好"), { ...asker, isGroup: false }],
    ["without the person's id", text("好"), { ...asker, senderStaffId: "" }],
    ["if DingTalk does not tell the id", text("好"), { ...asker, senderStaffId: undefined }],
    ["in a message that mentions nobody", link, asker],
    ["in a message with its own at", createMessage({ ...text("好").body, at: {} }), asker],
  ])("is left out %s", (_name, message, who) => {
    expect(mentionAsker(message, who)).toBe(message);
  });
});
