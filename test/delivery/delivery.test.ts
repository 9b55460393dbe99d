import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { startComponent, type TestComponent, warningsOf } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually, settle } from "../support/eventually.ts";
import {
  type Answer,
  acceptMessage,
  type FakeRobot,
  jsonAnswer,
  type ReceivedPost,
  startRobot,
} from "../support/robot.ts";

const text = { msgtype: "text", text: { content: "Hi" } };
const reset: Answer = (response) => response.socket?.resetAndDestroy();

/** Answers in turn, the last one for ever. */
const inTurn = (...answers: [Answer, ...Answer[]]): Answer => {
  const rest = [...answers];
  return (response, post) => {
    const [next = acceptMessage] = rest.length > 1 ? rest.splice(0, 1) : rest;
    next(response, post);
  };
};

async function connect(answer: Answer, properties: Record<string, string> = {}) {
  const robot = await startRobot(answer);
  const component = await startComponent();
  const daprd = new DaprdClient(component.socket);
  await daprd.init({ id: "a", url: robot.url, secret: "SECx", ...properties });
  return { robot, component, daprd };
}

/** Lets the pauses between attempts pass until the call ends. */
async function throughPauses<T>({ clock }: TestComponent, call: Promise<T>): Promise<T> {
  let isOver = false;
  const over = call.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  await eventually(async () => {
    clock.advance(100);
    await settle();
    return isOver || undefined;
  });
  return await over;
}

const uuidOf = ({ body }: ReceivedPost): unknown => JSON.parse(body).msgUuid;
const uuidsOf = ({ posts }: FakeRobot): Set<unknown> => new Set(posts.map(uuidOf));

describe("a failure that another attempt may mend", () => {
  test.each<[string, Answer]>([
    ["a busy DingTalk", jsonAnswer({ errcode: -1, errmsg: "系统繁忙" })],
    ["a lost answer", reset],
    ["a server error", jsonAnswer({}, 502)],
  ])("is repeated after %s, freshly signed, under the same msgUuid", async (_case, failure) => {
    const { robot, component, daprd } = await connect(inTurn(failure, failure, acceptMessage));

    await throughPauses(component, daprd.create(text));

    expect(robot.posts).toHaveLength(3);
    expect(uuidsOf(robot).size).toBe(1);
    const stamps = robot.posts.map(({ query }) => query.get("timestamp"));
    expect(new Set(stamps).size).toBe(3);
  });

  test("is repeated as often as retries says", async () => {
    const { robot, component, daprd } = await connect(reset, { retries: "3" });

    const sent = throughPauses(component, daprd.create(text));

    await expect(sent).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(robot.posts).toHaveLength(4);
  });

  test("is not repeated for a call that says so, and the next call is not affected", async () => {
    const { robot, component, daprd } = await connect(reset, { retries: "1" });
    const options = { metadata: { retries: "0" } };
    await expect(daprd.create(text, options)).rejects.toThrow();
    const before = robot.posts.length;

    await throughPauses(component, daprd.create({ ...text, at: {} })).catch(() => {});

    expect(before).toBe(1);
    expect(robot.posts).toHaveLength(3);
  });

  test("keeps its msgUuid when daprd repeats the call", async () => {
    const { robot, daprd } = await connect(inTurn(reset, acceptMessage), { retries: "0" });
    await expect(daprd.create(text)).rejects.toThrow();

    await daprd.create(text);

    expect(robot.posts).toHaveLength(2);
    expect(uuidsOf(robot).size).toBe(1);
  });
});

describe("a permanent refusal", () => {
  test("costs one POST, however often daprd repeats it", async () => {
    const { robot, daprd } = await connect(jsonAnswer({ errcode: 300005, errmsg: "" }));

    for (let repeat = 0; repeat < 5; repeat += 1) {
      await expect(daprd.create(text)).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    }

    expect(robot.posts).toHaveLength(1);
  });
});

describe("a refused timestamp", () => {
  const refuse: Answer = (response, post) => {
    response.setHeader("date", "Wed, 15 Nov 2023 00:13:20 GMT");
    jsonAnswer({ errcode: 310000, errmsg: "invalid timestamp" })(response, post);
  };

  test("is signed again once by DingTalk's clock, which is kept and logged", async () => {
    const { robot, component, daprd } = await connect(inTurn(refuse, acceptMessage));

    await daprd.create(text);
    await daprd.create({ ...text, at: {} });

    const offsetMs = Date.UTC(2023, 10, 15, 0, 13, 20) - component.clock.now();
    expect(
      robot.posts.map(({ query }) => Number(query.get("timestamp")) - component.clock.now()),
    ).toEqual([0, offsetMs, offsetMs]);
    expect(warningsOf(component)).toMatchObject([{ offsetMs }]);
  });

  test("is signed again no more than once", async () => {
    const { robot, daprd } = await connect(refuse);

    await expect(daprd.create(text)).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });

    expect(robot.posts).toHaveLength(2);
  });
});

describe("the budget", () => {
  test("is one for all components of a robot", async () => {
    const { robot, component, daprd } = await connect(acceptMessage, { messagesPerMinute: "1" });
    const other = new DaprdClient(component.socket, "other");
    await other.init({ id: "b", url: robot.url, messagesPerMinute: "1" });
    await daprd.create(text);

    const sent = other.create(text, { metadata: { maxWait: "59s" } });

    await expect(sent).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringMatching(/^dingtalk reason=over-budget: .+ in 60 s$/),
    });
    expect(robot.posts).toHaveLength(1);
  });

  test("lets a call wait for its turn", async () => {
    const { robot, component, daprd } = await connect(acceptMessage, { messagesPerMinute: "1" });
    await daprd.create(text);
    const waiting = daprd.create(text);
    await eventually(() => component.clock.waiting >= 2 || undefined);

    component.clock.advance(60_000);

    await expect(waiting).resolves.toMatchObject({ metadata: { errcode: "0" } });
    expect(robot.posts).toHaveLength(2);
  });

  test.each([
    ["overflow reject", { overflow: "reject" }, "over-budget", status.RESOURCE_EXHAUSTED],
    ["a short ttlInSeconds", { ttlInSeconds: "30" }, "expired", status.DEADLINE_EXCEEDED],
  ])("refuses at once with %s", async (_case, metadata, reason, code) => {
    const { robot, daprd } = await connect(acceptMessage, { messagesPerMinute: "1" });
    await daprd.create(text);

    const sent = daprd.create(text, { metadata });

    await expect(sent).rejects.toMatchObject({
      code,
      details: expect.stringMatching(new RegExp(`^dingtalk reason=${reason}: not sent`)),
    });
    expect(robot.posts).toHaveLength(1);
  });

  test("has no limit with messagesPerMinute 0", async () => {
    const { robot, daprd } = await connect(acceptMessage, { messagesPerMinute: "0" });

    for (let count = 0; count < 30; count += 1) await daprd.create(text);

    expect(robot.posts).toHaveLength(30);
  });
});

describe("a throttle answer", () => {
  test.each<[string, Answer, number]>([
    ["130101", jsonAnswer({ errcode: 130101 }), 60],
    ["410100", jsonAnswer({ errcode: 410100 }), 60],
    ["660026", jsonAnswer({ errcode: 660026 }), 60],
    ["a redirect", (response) => response.writeHead(302).end(), 60],
    ["a ban", jsonAnswer({ status: 1111, punish: "deny" }), 300],
  ])("%s closes the robot without another POST", async (_case, answer, seconds) => {
    const { robot, component, daprd } = await connect(inTurn(answer, acceptMessage));
    await expect(daprd.create(text)).rejects.toThrow();

    const during = daprd.create(text);
    await expect(during).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringMatching(
        new RegExp(`^dingtalk reason=robot-closed: .+ in ${seconds} s$`),
      ),
    });
    const postsBefore = robot.posts.length;
    component.clock.advance(seconds * 1000);
    await daprd.create(text);

    expect(postsBefore).toBe(1);
    expect(robot.posts).toHaveLength(2);
  });
});

describe("a key of the app's", () => {
  test.each([
    ["in the message", { ...text, msgUuid: "order-7" }, {}],
    ["in the metadata", text, { msgUuid: "order-7" }],
  ])("%s is sent once", async (_case, message, metadata) => {
    const { robot, daprd } = await connect(acceptMessage);
    await daprd.create(message, { metadata });

    await daprd.create(message, { metadata });

    expect(robot.posts.map(uuidOf)).toEqual(["order-7"]);
  });
});

describe("metadata of a call", () => {
  test.each([
    ["maxWait", "soon"],
    ["retries", "-1"],
    ["overflow", "drop"],
    ["ttlInSeconds", "1.5"],
  ])("is refused with a bad %s", async (field, value) => {
    const { robot, daprd } = await connect(acceptMessage);

    const sent = daprd.create(text, { metadata: { [field]: value } });

    await expect(sent).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(`^dingtalk reason=invalid-metadata field=${field}: `),
    });
    expect(robot.posts).toEqual([]);
  });
});

describe("a message with no room for a msgUuid", () => {
  test("goes without one and is not repeated when it may have arrived", async () => {
    const overhead = JSON.stringify({ msgtype: "text", text: { content: "" } }).length;
    const { robot, daprd } = await connect(reset);

    const sent = daprd.create({
      msgtype: "text",
      text: { content: "x".repeat(20_000 - overhead) },
    });

    await expect(sent).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(robot.posts).toHaveLength(1);
    expect(robot.posts[0]?.body).toHaveLength(20_000);
  });
});
