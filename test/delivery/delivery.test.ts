import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { startComponent, type TestComponent, warningsOf } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually, passTimeUntil } from "../support/eventually.ts";
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
  await eventually(() => {
    clock.advance(100);
    return isOver || undefined;
  });
  return await over;
}

const redirect =
  (location: string, status = 302): Answer =>
  (response) =>
    response.writeHead(status, { location }).end();

const retryAfter =
  (value: string): Answer =>
  (response) =>
    response.writeHead(429, { "retry-after": value }).end();

const uuidOf = ({ body }: ReceivedPost): unknown => JSON.parse(body).msgUuid;
const uuidsOf = ({ posts }: FakeRobot): Set<unknown> => new Set(posts.map(uuidOf));

describe("a failure that another attempt may mend", () => {
  test.each<[string, Answer]>([
    ["a busy DingTalk", jsonAnswer({ errcode: -1, errmsg: "系统繁忙" })],
    ["DingTalk's exception", jsonAnswer({ errcode: 500100, errmsg: "系统异常，请稍后再试" })],
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

describe("calls without a key that say the same at the same moment", () => {
  const calls = (daprd: DaprdClient) => [1, 2, 3].map(() => daprd.create(text));

  test("all arrive", async () => {
    const { robot, daprd } = await connect(acceptMessage);

    await Promise.all(calls(daprd));

    expect(uuidsOf(robot).size).toBe(3);
  });

  test("all arrive after a wait for the budget", async () => {
    const { robot, component, daprd } = await connect(acceptMessage, {
      ...{ messagesPerMinute: "1", maxWait: "10m" },
    });
    await passTimeUntil(component.clock, Promise.all(calls(daprd)), 1000);

    expect(uuidsOf(robot).size).toBe(3);
  });

  test("all stand in the digest that carries them", async () => {
    const digesting = { messagesPerMinute: "1", overflow: "digest", maxWait: "10m" };
    const { robot, component, daprd } = await connect(acceptMessage, digesting);
    await passTimeUntil(component.clock, Promise.all(calls(daprd)), 1000);

    expect(JSON.parse(robot.posts[1]?.body ?? "").markdown.text).toMatch(/Hi.*Hi/s);
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

describe("a refusal whose cure lies on the robot's page", () => {
  const refuse = jsonAnswer({ errcode: 310000, errmsg: "keywords not in content" });

  test.each([
    ["without a key", {}],
    ["with a key", { msgUuid: "order-7" }],
  ])("is forgotten 20 s later, so that the same call is posted, %s", async (_case, metadata) => {
    const { robot, component, daprd } = await connect(inTurn(refuse, acceptMessage));
    await expect(daprd.create(text, { metadata })).rejects.toThrow();
    component.clock.advance(12_000);
    await expect(daprd.create(text, { metadata })).rejects.toMatchObject({
      details: expect.stringContaining("(this repeats the answer of 12 s ago;"),
    });
    component.clock.advance(8000);

    await daprd.create(text, { metadata });

    expect(robot.posts).toHaveLength(2);
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

describe("a stand-in with the token of the real robot", () => {
  test("does not hand its penalty to the real one", async () => {
    const throttled = jsonAnswer({ errcode: 660026, errmsg: "send too fast" });
    const { component, daprd } = await connect(throttled);
    const real = await startRobot(acceptMessage);
    const other = new DaprdClient(component.socket, "other");
    await other.init({ id: "b", url: real.url });
    await expect(daprd.create(text)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });

    await other.create(text);

    expect(real.posts).toHaveLength(1);
  });
});

describe("a wall clock that is set", () => {
  test.each([
    ["forward", 3_600_000],
    ["back", -3_600_000],
  ])("%s changes neither budget nor penalty", async (_case, byMs) => {
    const throttled = jsonAnswer({ errcode: 660026, errmsg: "send too fast" });
    const { robot, component, daprd } = await connect(
      inTurn(acceptMessage, throttled, acceptMessage),
      { messagesPerMinute: "2", overflow: "reject" },
    );
    const next = (n: number) => daprd.create({ ...text, text: { content: `Hi ${n}` } });
    await next(1);
    await expect(next(2)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });

    component.clock.set(byMs);
    const closed = next(3);
    await expect(closed).rejects.toMatchObject({
      details: expect.stringMatching(/reason=robot-closed.+ in 60 s$/),
    });
    component.clock.advance(60_000);
    await next(4);

    expect(robot.posts).toHaveLength(3);
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
    ["a redirect to DingTalk's error page", redirect("https://err.taobao.com/error1.html"), 60],
    [
      "a redirect to the gateway's punishment",
      redirect("https://oapi.dingtalk.com/_____tmd_____/punish?x5step=1"),
      60,
    ],
    ["HTTP 429", jsonAnswer({}, 429), 60],
    ["HTTP 429 with Retry-After", retryAfter("17"), 17],
    ["HTTP 429 with a strange Retry-After", retryAfter("soon"), 60],
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

describe("a redirect that tells of no throttle", () => {
  test.each<[string, string, Answer]>([
    ["to another host", "to another host", redirect("https://sso.example.com/login?from=x")],
    ["to https", "from http to https", redirect("https://127.0.0.1/robot/send")],
    ["to another path", "to another path", redirect("/login")],
    ["for ever", "to another path", redirect("/robot/send/", 301)],
    ["without an address", "to nowhere", (response) => response.writeHead(302).end()],
  ])("%s closes nothing and is said", async (_case, seen, answer) => {
    const { robot, daprd } = await connect(inTurn(answer, acceptMessage));

    const first = daprd.create(text);
    await expect(first).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining(`answered with a redirect ${seen}, HTTP 30`),
    });
    await daprd.create({ ...text, text: { content: "another" } });

    expect(robot.posts).toHaveLength(2);
  });
});

describe("a key of the app's", () => {
  test.each([
    ["in the message", { ...text, msgUuid: "order-7" }, {}],
    ["in the metadata", text, { msgUuid: "order-7" }],
    ["in the metadata in lower case", text, { msguuid: "order-7" }],
    ["in the metadata in any letter case", text, { MsgUUID: "order-7" }],
    ["in the metadata beside an empty one", { ...text, msgUuid: "" }, { msgUuid: "order-7" }],
    ["in the metadata beside a blank one", { ...text, msgUuid: " \n" }, { msgUuid: "order-7" }],
  ])("%s is sent once", async (_case, message, metadata) => {
    const { robot, daprd } = await connect(acceptMessage);
    await daprd.create(message, { metadata });

    await daprd.create(message, { metadata });

    expect(robot.posts.map(uuidOf)).toEqual(["order-7"]);
  });
});

describe("the msgUuid of a message", () => {
  test.each([
    ["empty", ""],
    ["blank", "  "],
    ["null", null],
  ])("counts as none where it is %s: a repeat has the msgUuid of the first", async (_case, key) => {
    const { robot, daprd } = await connect(inTurn(reset, acceptMessage), { retries: "0" });
    await expect(daprd.create({ ...text, msgUuid: key })).rejects.toThrow();

    await daprd.create({ ...text, msgUuid: key });

    expect(robot.posts).toHaveLength(2);
    expect([...uuidsOf(robot)]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(robot.posts[0]?.body.match(/msgUuid/g)).toHaveLength(1);
  });

  test("may be a number, which is posted as a text", async () => {
    const { robot, daprd } = await connect(acceptMessage);
    await daprd.create({ ...text, msgUuid: 7 });

    await daprd.create({ ...text, msgUuid: "7" });

    expect(robot.posts.map(uuidOf)).toEqual(["7"]);
  });

  test.each([
    ["an object", '{"order":1}'],
    ["a list", "[1]"],
    ["true", "true"],
    ["false", "false"],
    ["a number that loses digits", "9007199254740993"],
    ["a number that is too large", "1e400"],
  ])("is refused where it is %s", async (_case, json) => {
    const { robot, daprd } = await connect(acceptMessage);

    const sent = daprd.create(`{"msgUuid":${json},"msgtype":"text","text":{"content":"Hi"}}`);

    await expect(sent).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching("^dingtalk reason=invalid-message field=msgUuid: "),
    });
    expect(robot.posts).toEqual([]);
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

describe("a message over 20,000 bytes", () => {
  const long = { msgtype: "text", text: { content: "all work and no play\n".repeat(2500) } };

  test("is refused by default", async () => {
    const { robot, daprd } = await connect(acceptMessage);

    await expect(daprd.create(long)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });

    expect(robot.posts).toEqual([]);
  });

  test("goes in parts with oversize split, each once, also when daprd repeats the call", async () => {
    const { robot, daprd } = await connect(inTurn(acceptMessage, reset, acceptMessage), {
      retries: "0",
    });
    const options = { metadata: { oversize: "split" } };
    await expect(daprd.create(long, options)).rejects.toMatchObject({ code: status.UNAVAILABLE });

    await daprd.create(long, options);

    const uuids = robot.posts.map(uuidOf);
    expect(robot.posts.every(({ body }) => Buffer.byteLength(body) <= 20_000)).toBe(true);
    expect(uuids).toHaveLength(4);
    expect(uuids[1]).toBe(uuids[2]);
    expect(new Set(uuids).size).toBe(3);
  });

  test("of another msgtype is refused with oversize split, too", async () => {
    const { robot, daprd } = await connect(acceptMessage, { oversize: "split" });
    const link = { title: "t", text: "x".repeat(21_000), messageUrl: "https://e/" };

    const sent = daprd.create({ msgtype: "link", link });

    await expect(sent).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(robot.posts).toEqual([]);
  });

  test("is not split into more parts than a minute's budget", async () => {
    const { robot, daprd } = await connect(acceptMessage, {
      messagesPerMinute: "2",
      oversize: "split",
    });

    await expect(daprd.create(long)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });

    expect(robot.posts).toEqual([]);
  });

  test("waits until there is room for all of its parts", async () => {
    const { robot, component, daprd } = await connect(acceptMessage, {
      messagesPerMinute: "3",
      oversize: "split",
    });
    await daprd.create(text);
    const waiting = daprd.create(long);
    await eventually(() => component.clock.waiting >= 2 || undefined);
    const before = robot.posts.length;

    component.clock.advance(60_000);
    await waiting;

    expect(before).toBe(1);
    expect(robot.posts).toHaveLength(4);
  });
});

describe("mentions in the metadata of a call", () => {
  test("are merged into the message and its text", async () => {
    const { robot, daprd } = await connect(acceptMessage);

    await daprd.create(text, {
      metadata: { atMobiles: "13800000000, 13900000000", isAtAll: "true" },
    });

    expect(JSON.parse(robot.posts[0]?.body ?? "")).toMatchObject({
      text: { content: expect.stringMatching(/^Hi.*@13800000000 @13900000000/s) },
      at: { atMobiles: ["13800000000", "13900000000"], isAtAll: true },
    });
  });
});

describe("overflow digest", () => {
  const say = (content: string) => ({ msgtype: "text", text: { content } });
  const digesting = { messagesPerMinute: "1", overflow: "digest" };

  test("merges what would have to wait into one message for the next free slot", async () => {
    const { robot, component, daprd } = await connect(acceptMessage, digesting);
    await daprd.create(say("first"));
    const waiting = ["second", "third", "fourth"].map((content) => daprd.create(say(content)));
    await eventually(() => component.clock.waiting >= 4 || undefined);

    component.clock.advance(60_000);
    const answers = await Promise.all(waiting);

    expect(answers.map(({ metadata }) => metadata.errcode)).toEqual(["0", "0", "0"]);
    expect(robot.posts).toHaveLength(2);
    expect(JSON.parse(robot.posts[1]?.body ?? "")).toMatchObject({
      msgtype: "markdown",
      markdown: { text: expect.stringMatching(/second.*third.*fourth/s) },
    });
  });

  test("tells every caller why the digest was refused", async () => {
    const { component, daprd } = await connect(
      inTurn(acceptMessage, jsonAnswer({ errcode: 400102 })),
      digesting,
    );
    await daprd.create(say("first"));
    const waiting = ["second", "third"].map((content) => daprd.create(say(content)));
    const outcomes = Promise.allSettled(waiting);
    await eventually(() => component.clock.waiting >= 3 || undefined);

    component.clock.advance(60_000);

    expect(await outcomes).toMatchObject([
      { reason: { code: status.FAILED_PRECONDITION } },
      { reason: { code: status.FAILED_PRECONDITION } },
    ]);
  });

  test("brings all messages but the one for which the digest was refused", async () => {
    const refuseBad: Answer = (response, post) =>
      (post.body.includes("bad") ? jsonAnswer({ errcode: 430101 }) : acceptMessage)(response, post);
    const { robot, component, daprd } = await connect(refuseBad, {
      ...digesting,
      messagesPerMinute: "4",
    });
    const texts = ["one", "two", "bad", "three", "four"];
    await Promise.all(["a", "b", "c", "d"].map((content) => daprd.create(say(content))));
    const waiting = Promise.allSettled(texts.map((content) => daprd.create(say(content))));
    await eventually(() => component.clock.waiting >= 6 || undefined);

    const outcomes = await passTimeUntil(component.clock, waiting, 250);

    expect(outcomes.map((outcome) => outcome.status)).toEqual(
      texts.map((content) => (content === "bad" ? "rejected" : "fulfilled")),
    );
    expect(outcomes[2]).toMatchObject({ reason: { code: status.INVALID_ARGUMENT } });
    const shown = robot.posts.filter(({ body }) => !body.includes("bad")).map(({ body }) => body);
    expect(texts.map((content) => shown.filter((body) => body.includes(content)).length)).toEqual([
      1, 1, 0, 1, 1,
    ]);
  });

  test("lets a message wait that no digest can carry", async () => {
    const { robot, component, daprd } = await connect(acceptMessage, digesting);
    const link = { title: "t", text: "x", messageUrl: "https://e.org/" };
    await daprd.create(say("first"));
    const waiting = daprd.create({ msgtype: "link", link });
    await eventually(() => component.clock.waiting >= 2 || undefined);

    component.clock.advance(60_000);
    await waiting;

    expect(JSON.parse(robot.posts[1]?.body ?? "")).toMatchObject({ msgtype: "link", link });
  });

  test("refuses at once what the digests within maxWait have no room for", async () => {
    const { component, daprd } = await connect(acceptMessage, digesting);
    await daprd.create(say("first"));
    const second = daprd.create(say("x".repeat(15_000)));
    await eventually(() => component.clock.waiting >= 2 || undefined);

    const third = daprd.create(say("y".repeat(15_000)));

    await expect(third).rejects.toMatchObject({
      details: expect.stringMatching(/reason=over-budget: .+ in \d+ s$/),
    });
    component.clock.advance(60_000);
    await second;
  });

  test("repeats a digest whose answer was lost as it was, however its messages come back", async () => {
    const { robot, component, daprd } = await connect(inTurn(acceptMessage, reset, acceptMessage), {
      ...digesting,
      retries: "0",
    });
    await daprd.create(say("first"));
    const waiting = ["second", "third"].map((content) => daprd.create(say(content)));
    const lost = Promise.allSettled(waiting);
    await eventually(() => component.clock.waiting >= 3 || undefined);
    component.clock.advance(60_000);
    await lost;

    const again = ["third", "second"].map((content) => daprd.create(say(content)));
    await eventually(() => component.clock.waiting >= 1 || undefined);
    component.clock.advance(60_000);
    await throughPauses(component, Promise.all(again));

    expect(robot.posts).toHaveLength(3);
    expect(robot.posts[2]?.body).toBe(robot.posts[1]?.body);
  });

  test.each([
    ["a lost answer", reset],
    ["a busy DingTalk", jsonAnswer({ errcode: -1 })],
  ])("does not hold what may have arrived by itself, after %s", async (_case, failure) => {
    const { robot, component, daprd } = await connect(inTurn(failure, acceptMessage), {
      ...digesting,
      retries: "0",
    });
    await expect(daprd.create(say("first"))).rejects.toMatchObject({ code: status.UNAVAILABLE });

    await throughPauses(component, daprd.create(say("first")));

    expect(robot.posts).toHaveLength(2);
    expect(robot.posts[1]?.body).toBe(robot.posts[0]?.body);
  });

  test("leaves out the message of a caller who went away", async () => {
    const { robot, component, daprd } = await connect(acceptMessage, digesting);
    await daprd.create(say("first"));
    const caller = new AbortController();
    const gone = daprd.create(say("second"), { signal: caller.signal });
    const waiting = daprd.create(say("third"));
    await eventually(() => component.clock.waiting >= 3 || undefined);

    caller.abort();
    await expect(gone).rejects.toMatchObject({ code: status.CANCELLED });
    await eventually(() => component.clock.waiting === 2 || undefined);
    component.clock.advance(60_000);
    await waiting;

    expect(robot.posts[1]?.body).toContain("third");
    expect(robot.posts[1]?.body).not.toContain("second");
  });

  test("tells a caller who goes away while its digest is posted that it may have arrived", async () => {
    const posted: string[] = [];
    const { component, daprd } = await connect((response, post) => {
      posted.push(post.body);
      if (posted.length === 1) acceptMessage(response, post);
    }, digesting);
    await daprd.create(say("first"));
    const caller = new AbortController();
    const gone = daprd.create(say("second"), { signal: caller.signal });
    await eventually(() => component.clock.waiting >= 2 || undefined);
    component.clock.advance(60_000);
    await eventually(() => posted.length === 2 || undefined);

    caller.abort();
    await expect(gone).rejects.toMatchObject({ code: status.CANCELLED });

    const [warning] = await eventually(() => {
      const warnings = warningsOf(component);
      return warnings.length > 0 ? warnings : undefined;
    });
    expect(warning).toMatchObject({ msg: "message not sent", reason: "cancelled" });
    expect(posted).toHaveLength(2);
  });

  test("lets no more than maxQueue messages wait", async () => {
    const { robot, component, daprd } = await connect(acceptMessage, {
      ...digesting,
      maxQueue: "1",
    });
    await daprd.create(say("first"));
    const waiting = daprd.create(say("second"));
    await eventually(() => component.clock.waiting >= 2 || undefined);

    const over = daprd.create(say("third"));

    await expect(over).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining("reason=queue-full"),
    });
    component.clock.advance(60_000);
    await waiting;
    expect(robot.posts[1]?.body).not.toContain("third");
  });

  test("takes no message at all that it cannot bring within maxWait", async () => {
    const { daprd } = await connect(acceptMessage, { ...digesting, maxWait: "10s" });
    await daprd.create(say("first"));

    const second = daprd.create(say("second"));

    await expect(second).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining("try again in 60 s"),
    });
  });
});

describe("a pool of robots", () => {
  async function connectPool(answers: [Answer, Answer], properties: Record<string, string> = {}) {
    const robots = [
      await startRobot(answers[0], "one"),
      await startRobot(answers[1], "two"),
    ] as const;
    const component = await startComponent();
    const daprd = new DaprdClient(component.socket);
    const url = robots.map((robot) => robot.url).join("\n");
    await daprd.init({ id: "a", url, secret: "\nSEC2", retries: "0", ...properties });
    return { robots, component, daprd };
  }

  test("uses the one with the most budget left, each with its own secret", async () => {
    const { robots, daprd } = await connectPool([acceptMessage, acceptMessage]);

    for (let count = 0; count < 6; count += 1) await daprd.create(text);

    expect(robots.map(({ posts }) => posts.length)).toEqual([3, 3]);
    expect(robots.map(({ posts }) => posts.every(({ query }) => query.has("sign")))).toEqual([
      false,
      true,
    ]);
  });

  test("has the budget of all together", async () => {
    const { robots, daprd } = await connectPool([acceptMessage, acceptMessage], {
      messagesPerMinute: "2",
      overflow: "reject",
    });
    for (let count = 0; count < 4; count += 1) await daprd.create(text);

    const fifth = daprd.create(text);

    await expect(fifth).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(robots.map(({ posts }) => posts.length)).toEqual([2, 2]);
  });

  test.each([
    ["is throttled", { errcode: 660026 }],
    ["is unknown", { errcode: 300005 }],
    ["is stopped", { errcode: 400102 }],
  ])("leaves one out for a while that %s", async (_case, refusal) => {
    const { robots, component, daprd } = await connectPool([jsonAnswer(refusal), acceptMessage]);
    for (let count = 0; count < 3; count += 1) await daprd.create(text);
    const before = robots.map(({ posts }) => posts.length);

    component.clock.advance(60_000);
    await daprd.create(text);

    expect(before).toEqual([1, 3]);
    expect(robots[0].posts).toHaveLength(2);
  });

  test("fails only when all did", async () => {
    const { robots, daprd } = await connectPool([
      jsonAnswer({ errcode: 300005 }),
      jsonAnswer({ errcode: 400102 }),
    ]);

    await expect(daprd.create(text)).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });

    expect(robots.map(({ posts }) => posts.length)).toEqual([1, 1]);
  });

  test.each([
    ["a lost answer", reset],
    ["a busy DingTalk", jsonAnswer({ errcode: -1 })],
  ])("repeats after %s at the same robot, which may have the message", async (_case, failure) => {
    const { robots, daprd } = await connectPool([inTurn(failure, acceptMessage), acceptMessage]);
    await expect(daprd.create(text)).rejects.toMatchObject({ code: status.UNAVAILABLE });

    await daprd.create(text);

    expect(robots.map(({ posts }) => posts.length)).toEqual([2, 0]);
  });

  test("needs no more secrets than addresses", async () => {
    const init = connectPool([acceptMessage, acceptMessage], { secret: "a\nb\nc" });

    await expect(init).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});
