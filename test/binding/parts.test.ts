import { describe, expect, test } from "vitest";
import { startComponent, warningsOf } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { type Answer, acceptMessage, jsonAnswer, startRobot } from "../support/robot.ts";

const keyword = "告警";
const refuseKeyword = jsonAnswer({ errcode: 310000, errmsg: "keywords not in content" });
const ban = jsonAnswer({ errcode: 660026, errmsg: "send too fast" });
const lose: Answer = (response) => response.socket?.destroy();

/** Refuses what lacks the keyword, as a robot with a keyword does. */
const needsKeyword: Answer = (response, post) =>
  (post.body.includes(keyword) ? acceptMessage : refuseKeyword)(response, post);

const inTurn = (...answers: readonly Answer[]): Answer => {
  const left = [...answers];
  return (response, post) => (left.shift() ?? acceptMessage)(response, post);
};

async function connect(answer: Answer, properties: Record<string, string> = {}) {
  const robot = await startRobot(answer);
  const component = await startComponent();
  const daprd = new DaprdClient(component.socket);
  const undelayed = { retries: "0", oversize: "split" };
  await daprd.init({ id: "a", url: robot.url, ...undelayed, ...properties });
  return { robot, daprd, component };
}

const long = { msgtype: "text", text: { content: "word ".repeat(10_000) } };

describe("a robot with a keyword", () => {
  test("gets the keyword in every part", async () => {
    const { robot, daprd } = await connect(needsKeyword, { keyword });

    await daprd.create(long);

    expect(robot.posts).toHaveLength(3);
  });

  test("gets the keyword in messages of every type, and in text and title", async () => {
    const { robot, daprd } = await connect(needsKeyword, { keyword });

    await daprd.create({ msgtype: "markdown", markdown: { title: "t", text: "a" } });
    await daprd.create({ msgtype: "actionCard", actionCard: { title: "t", text: "a" } });

    expect(robot.posts.map(({ body }) => body.split(keyword).length - 1)).toEqual([2, 2]);
  });

  test("gets a message unchanged that holds the keyword", async () => {
    const { robot, daprd } = await connect(needsKeyword, { keyword });

    await daprd.create({ msgtype: "text", text: { content: `磁盘${keyword}` } });

    expect(JSON.parse(robot.posts[0]?.body ?? "").text).toEqual({ content: `磁盘${keyword}` });
  });
});

describe("the failure of a message of several parts", () => {
  test.each<[string, Answer, RegExp]>([
    [
      "the first part",
      inTurn(refuseKeyword),
      /reason=keyword-missing part=1\/3: part 1 of 3 was refused, none is in the group: the message/,
    ],
    [
      "the second part",
      inTurn(acceptMessage, refuseKeyword),
      /reason=keyword-missing part=2\/3: part 2 of 3 was refused, part 1 is in the group: the message/,
    ],
    [
      "the last part",
      inTurn(acceptMessage, acceptMessage, ban),
      /part=3\/3: part 3 of 3 was refused, parts 1 to 2 are in the group: /,
    ],
    [
      "a part without an answer",
      inTurn(acceptMessage, lose),
      /reason=connection-lost part=2\/3: part 2 of 3 may have arrived, part 1 is in the group: /,
    ],
  ])("tells of %s", async (_case, answer, expected) => {
    const { daprd, component } = await connect(answer);

    const call = daprd.create(long);

    await expect(call).rejects.toMatchObject({ details: expect.stringMatching(expected) });
    expect(warningsOf(component).at(-1)).toMatchObject({ part: expect.stringMatching(/^\d\/3$/) });
  });

  test("tells nothing of parts where nothing was posted", async () => {
    const { daprd } = await connect(acceptMessage, { overflow: "reject", messagesPerMinute: "4" });
    await daprd.create({ msgtype: "text", text: { content: "one" } });
    await daprd.create({ msgtype: "text", text: { content: "two" } });

    const call = daprd.create(long);

    await expect(call).rejects.toMatchObject({
      details: expect.stringMatching(/ part=1\/3: not sent, /),
    });
  });

  test("says nothing of parts for a message of one part", async () => {
    const { daprd } = await connect(inTurn(refuseKeyword));

    const call = daprd.create({ msgtype: "text", text: { content: "one" } });

    await expect(call).rejects.toMatchObject({ details: expect.not.stringMatching(/part/) });
  });
});

describe("a message of several parts that comes again as other parts", () => {
  const shorter = { msgtype: "text", text: { content: "mended" } };
  const another = { msgtype: "text", text: { content: "other ".repeat(10_000) } };

  test.each([
    ["as one part", shorter, ["mended"]],
    ["of another text", another, ["(1/4)\nother", "(2/4)\nother", "(3/4)\nother", "(4/4)\nother"]],
  ])("is sent whole %s, under other msgUuids", async (_case, message, texts) => {
    const { robot, daprd, component } = await connect(inTurn(acceptMessage, refuseKeyword));
    const metadata = { msgUuid: "k" };
    await expect(daprd.create(long, { metadata })).rejects.toThrow("part=2/3");
    const before = robot.posts.length;
    component.clock.advance(60_000);

    await daprd.create(message, { metadata });

    const posted = robot.posts.map(({ body }) => JSON.parse(body));
    const again = posted.slice(before);
    expect(again.map(({ text }) => text.content.slice(0, texts[0]?.length))).toEqual(texts);
    expect(new Set(posted.map(({ msgUuid }) => msgUuid)).size).toBe(posted.length);
  });

  test.each([
    ["in the metadata", long, { msgUuid: "k" }],
    ["in the message", { ...long, msgUuid: "k" }, {}],
  ])(
    "goes on under the same keys where it is the same, key %s",
    async (_case, message, metadata) => {
      const { robot, daprd, component } = await connect(inTurn(acceptMessage, lose));
      await expect(daprd.create(message, { metadata })).rejects.toThrow("part=2/3");
      component.clock.advance(60_000);

      await daprd.create(message, { metadata });

      const uuids = robot.posts.map(({ body }) => JSON.parse(body).msgUuid);
      expect(uuids).toHaveLength(4);
      expect(uuids[2]).toBe(uuids[1]);
      expect(new Set(uuids).size).toBe(3);
    },
  );
});

describe("the keys of parts", () => {
  test("equal no key that an app derives from its own", async () => {
    const { robot, daprd } = await connect(acceptMessage, { messagesPerMinute: "0" });
    const keys = ["job", "job-1", "job-1-1", "job-2", "job-1-2"];

    for (const msgUuid of keys) await daprd.create(long, { metadata: { msgUuid } });
    for (const msgUuid of keys) await daprd.create({ ...long, msgUuid: `${msgUuid}!` });

    const uuids = robot.posts.map(({ body }) => JSON.parse(body).msgUuid);
    expect(uuids).toHaveLength(30);
    expect(new Set(uuids).size).toBe(30);
    expect(uuids.filter((uuid) => keys.includes(uuid))).toEqual([]);
  });
});
