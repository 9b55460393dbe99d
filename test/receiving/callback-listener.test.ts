import { describe, expect, test } from "vitest";
import { signCallback } from "../../src/dingtalk/callback.ts";
import { CallbackListener } from "../../src/receiving/callback-listener.ts";
import { eventually } from "../support/eventually.ts";
import { body, secret, startListener } from "./support/listener.ts";

const never = new Promise<never>(() => {});
const nothing = '{"msgtype":"empty"}';
const withoutSession = JSON.stringify({ msgId: "m1", msgtype: "text" });

describe("a callback that DingTalk signed", () => {
  test("reaches the component, byte for byte, and is answered that nothing is said", async () => {
    const { post, received, refused } = await startListener({ clientSecret: secret });

    const answer = await post({
      timestamp: "1767225600000",
      sign: "bDVbGnMLqQn6JbnkM8ek8LIh1iBkWiCjgKKEfpKYLMo=",
    });

    expect(answer).toMatchObject({ status: 200, body: nothing });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(received.map(({ message }) => message.data.toString())).toEqual([body]);
    expect(received).toMatchObject([{ message: { via: "http", msgId: "m1" } }]);
    expect(refused).toEqual([]);
  });

  test("finds a component whose id has to be encoded in a path", async () => {
    const { post, received, signedNow } = await startListener({
      clientSecret: secret,
      id: "客服/1 %",
    });

    const path = `/callback/${encodeURIComponent("客服/1 %")}`;

    expect(await post(signedNow(), body, path)).toMatchObject({ status: 200 });
    expect(received).toHaveLength(1);
  });

  test("goes to the first component of the id whose credential fits", async () => {
    const { post, received, refused } = await startListener(
      { instance: "one", clientSecret: "another" },
      { instance: "two", clientSecret: secret },
      { instance: "three", clientSecret: secret },
    );

    await post();

    expect(received).toMatchObject([{ instance: "two" }]);
    expect(refused).toEqual([]);
  });

  test("is taken up to callbackMaxAge before and after this clock", async () => {
    const { clock, post, signedNow } = await startListener({
      clientSecret: secret,
      maxAgeMs: 60_000,
    });

    const statuses = [];
    for (const ms of [-60_000, 60_000, -60_001, 60_001]) {
      statuses.push((await post(signedNow(clock.now() + ms))).status);
    }

    expect(statuses).toEqual([200, 200, 403, 403]);
  });
});

describe("a callback of an Outgoing robot", () => {
  test("is taken for its token", async () => {
    const { post, received } = await startListener({ callbackToken: "t1" });

    expect(await post({ token: "t1" })).toMatchObject({ status: 200 });
    expect(received).toHaveLength(1);
  });

  test("may prove itself by either of two credentials", async () => {
    const { post, signedNow } = await startListener({ clientSecret: secret, callbackToken: "t1" });

    const answers = [
      await post({ token: "t1" }),
      await post(signedNow()),
      await post({ token: "t2", ...signedNow() }),
      await post({ token: "t1", timestamp: "1", sign: "x" }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});

describe("a callback that is refused", () => {
  const right = { timestamp: "1767225600000", sign: signCallback("1767225600000", secret) };
  const at = (timestamp: string) => ({ timestamp, sign: signCallback(timestamp, secret) });
  const both = { clientSecret: secret, callbackToken: "t1" };

  test.each([
    ["has nothing", { clientSecret: secret }, {}, body, 403, "no-sign"],
    ["has no sign", { clientSecret: secret }, { timestamp: "1767225600000" }, body, 403, "no-sign"],
    ["has a time in words", { clientSecret: secret }, at("now"), body, 403, "timestamp-malformed"],
    [
      "has 17 digits",
      { clientSecret: secret },
      at("1".repeat(17)),
      body,
      403,
      "timestamp-malformed",
    ],
    ["is old", { clientSecret: secret }, at("1767221999999"), body, 403, "stale"],
    ["is of the future", { clientSecret: secret }, at("1767229200001"), body, 403, "stale"],
    ["is forged", { clientSecret: "another" }, right, body, 403, "bad-sign"],
    [
      "has half a sign",
      { clientSecret: secret },
      { ...right, sign: "bDVb" },
      body,
      403,
      "bad-sign",
    ],
    ["has no token", { callbackToken: "t1" }, right, body, 403, "bad-token"],
    ["has a wrong token", { callbackToken: "t1" }, { token: "t2" }, body, 403, "bad-token"],
    ["has a wrong token alone", both, { token: "t2" }, body, 403, "bad-token"],
    ["is no JSON", { clientSecret: secret }, right, "{", 400, "not-json"],
    ["is a list", { clientSecret: secret }, right, "[]", 400, "not-json"],
    ["is empty", { clientSecret: secret }, right, "", 400, "not-json"],
    ["is encrypted", { clientSecret: secret }, right, '{"encrypt":"abc="}', 400, "encrypted"],
  ] as const)("because it %s reaches no app", async (_case, own, headers, data, status, reason) => {
    const { logged, post, received, refused } = await startListener(own);

    const answer = await post(headers, data);

    expect(answer).toMatchObject({ status, body: "" });
    expect(received).toEqual([]);
    expect(refused).toEqual([reason]);
    expect(logged).toMatchObject([{ level: 40, instance: "robot", reason, count: 1 }]);
    expect(JSON.stringify(logged)).not.toMatch(/sandbox-client-secret|t1|bDVb|abc=/);
  });

  test("as stale is logged with the seconds, as it may be our clock", async () => {
    const { clock, logged, post, signedNow } = await startListener({ clientSecret: secret });

    await post(signedNow(clock.now() - 7_200_000));

    expect(logged).toMatchObject([{ reason: "stale", aheadSeconds: -7200 }]);
  });

  test("by all components of an id is logged for the one that it came nearest to", async () => {
    const { logged, post, refused } = await startListener(
      { instance: "one", clientSecret: "another" },
      { instance: "two", callbackToken: "t1" },
    );

    await post();

    expect(refused).toEqual(["bad-token"]);
    expect(logged).toMatchObject([{ instance: "two" }]);
  });

  test("a thousand times makes two lines of the log", async () => {
    const { clock, logged, post } = await startListener({ clientSecret: secret });

    for (let n = 0; n < 1000; n += 1) await post({});
    clock.advance(60_000);

    expect(logged).toMatchObject([{ count: 1 }, { count: 999 }]);
  });
});

describe("the time of an answer", () => {
  test("is the moment when the message is accepted", async () => {
    const accepted = Promise.resolve(false);
    const { post } = await startListener({ clientSecret: secret, receipt: { accepted } });

    const { status, headers } = await post();

    expect({ status, after: headers.get("retry-after") }).toEqual({ status: 503, after: "60" });
  });

  test.each([
    [true, 200, nothing],
    [false, 503, ""],
  ])(
    "is 2 s at the latest, by whether the app has the message: %s",
    async (isTaken, status, text) => {
      const receipt = { accepted: never, isTaken: () => isTaken };
      const { clock, post, received } = await startListener({ clientSecret: secret, receipt });

      const answer = post();
      await eventually(() => received.length === 1);
      clock.advance(1999);
      const early = await Promise.race([answer, "none"]);
      clock.advance(1);

      expect(early).toBe("none");
      expect(await answer).toMatchObject({ status, body: text });
      expect(clock.waiting).toBe(0);
    },
  );
});

describe("a message without a session", () => {
  const answer = Promise.resolve(Buffer.from("the app's"));
  const respond = (given: Buffer): Buffer => Buffer.from(`{"said":"${given}"}`);

  test("gets the app's answer in the response", async () => {
    const { post, signedNow } = await startListener({
      clientSecret: secret,
      receipt: { answer, respond },
    });

    const { body: said } = await post(signedNow(), withoutSession);

    expect(said).toBe('{"said":"the app\'s"}');
  });

  test("is the only one that does", async () => {
    const { post } = await startListener({ clientSecret: secret, receipt: { answer, respond } });

    expect((await post()).body).toBe(nothing);
  });

  test("gets nothing after 2 s, and the late answer is told", async () => {
    const missed: string[] = [];
    const late = deferred<Buffer>();
    const receipt = {
      ...{ answer: late.promise, respond },
      missed: (given: Buffer) => void missed.push(`${given}`),
    };
    const { clock, post, received, signedNow } = await startListener({
      clientSecret: secret,
      receipt,
    });

    const posted = post(signedNow(), withoutSession);
    await eventually(() => received.length === 1);
    clock.advance(2000);
    const { body: said } = await posted;
    late.resolve(Buffer.from("late"));
    await eventually(() => missed.length === 1);

    expect(said).toBe(nothing);
    expect(missed).toEqual(["late"]);
  });
});

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe("the callback port", () => {
  test.each([
    ["GET", "/callback/support-bot", 200],
    ["HEAD", "/callback/support-bot", 200],
    ["GET", "/callback/support-bot?x=1", 200],
    ["PUT", "/callback/support-bot", 405],
    ["OPTIONS", "/callback/support-bot", 405],
    ["GET", "/callback/other", 404],
    ["POST", "/callback/other", 404],
    ["POST", "/callback/", 404],
    ["POST", "/callback/support-bot/x", 404],
    ["POST", "/callback/%zz", 404],
    ["GET", "/", 404],
    ["GET", "/metrics", 404],
  ])("answers %s %s with %i and an empty body", async (method, path, status) => {
    const { origin } = await startListener({ clientSecret: secret });

    const response = await fetch(origin + path, { method });

    expect({ status: response.status, body: await response.text() }).toEqual({ status, body: "" });
  });

  test("names the ids that are there when a callback comes for another one", async () => {
    const { logged, post, signedNow } = await startListener({ clientSecret: secret });

    await post(signedNow(), body, "/callback/0ther");

    expect(logged).toMatchObject([{ reason: "unknown-id", msg: /support-bot/ }].map(matching));
    expect(JSON.stringify(logged)).not.toContain("0ther");
  });

  test("refuses a body over 256 KiB, told or found out", async () => {
    const { post, received, signedNow, write } = await startListener({ clientSecret: secret });
    const { timestamp, sign } = signedNow();
    const large = Buffer.alloc(256 * 1024 + 1, " ");

    const told = await post(signedNow(), large);
    const foundOut = await write(
      `POST /callback/support-bot HTTP/1.1\r\nHost: a\r\ntimestamp: ${timestamp}\r\nsign: ${sign}\r\ntransfer-encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n`,
    );

    expect(told.status).toBe(413);
    expect(foundOut).toMatch(/^HTTP\/1\.1 413 /);
    expect(received).toEqual([]);
  });

  test("takes a body of 256 KiB", async () => {
    const { post, received, signedNow } = await startListener({ clientSecret: secret });

    await post(signedNow(), " ".repeat(256 * 1024 - Buffer.byteLength(body)) + body);

    expect(received).toHaveLength(1);
  });

  test("takes nothing new when the process ends", async () => {
    const { callbacks, post, received } = await startListener({ clientSecret: secret });

    callbacks.stop();

    expect(await post()).toMatchObject({ status: 503 });
    expect(received).toEqual([]);
  });

  test("that is in use is named", async () => {
    const { callbacks, clock, port } = await startListener();

    const listening = new CallbackListener(callbacks, clock).listen({ port, host: "127.0.0.1" });

    await expect(listening).rejects.toMatchObject({
      code: "PORT",
      message: `cannot listen on the callback port ${port}: EADDRINUSE`,
    });
  });
});

function matching({ msg, ...fields }: { msg: RegExp }): object {
  return { ...fields, msg: expect.stringMatching(msg) };
}
