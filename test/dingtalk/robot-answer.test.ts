import { describe, expect, test } from "vitest";
import { factsOf } from "../../src/delivery/channel.ts";
import type { HttpAnswer } from "../../src/dingtalk/http-exchange.ts";
import { readAnswer } from "../../src/dingtalk/robot-answer.ts";

const nowMs = Date.parse("2026-11-27T12:00:00Z");
const url = new URL("https://oapi.dingtalk.com/robot/send?access_token=t0ken");
const none = { body: "", date: undefined, location: undefined, retryAfter: undefined };

/** What an answer is taken for. */
function failureOf(answer: Partial<HttpAnswer>): Error {
  try {
    readAnswer({ ...none, status: 200, ...answer }, { url, nowMs });
    return new Error("taken");
  } catch (error) {
    return error instanceof Error ? error : new Error("no error");
  }
}

describe("Retry-After", () => {
  test.each([
    [undefined, undefined],
    ["17", 17_000],
    [" 0 ", 0],
    ["Fri, 27 Nov 2026 12:00:30 GMT", 30_000],
    ["Fri, 27 Nov 2026 11:00:00 GMT", 0],
    ["soon", undefined],
    ["120.5", undefined],
    ["-5", undefined],
    ["10, 20", undefined],
    ["60s", undefined],
    ["", undefined],
    ["9".repeat(400), undefined],
  ])("%j of HTTP 429 is %s ms", (retryAfter, ms) => {
    const facts = factsOf(failureOf({ status: 429, retryAfter }));

    expect(facts).toMatchObject({ limit: "throttled", repeat: "never", neverReached: false });
    expect(facts.retryAfterMs).toBe(ms);
  });
});

describe("a redirect", () => {
  test.each([
    ["https://oapi.dingtalk.com/robot/sent?access_token=t0ken", "to another path"],
    ["https://oapi.dingtalk.com:8443/robot/send", "to another port"],
    ["/robot/send?again", "to itself"],
    ["//login.example.com/", "to another host"],
    ["https://www.taobao.com/", "to another host"],
    ["http://[", "to nowhere"],
    [undefined, "to nowhere"],
  ])("to %s tells nothing of the limit", (location, seen) => {
    const error = failureOf({ status: 302, location });

    expect(factsOf(error)).toMatchObject({ limit: "unknown", mayHaveArrived: false });
    expect(error.message).toBe(`the robot's host answered with a redirect ${seen}, HTTP 302`);
  });

  test.each([
    [302, "https://err.taobao.com/error1.html", "throttled"],
    [302, "https://err.www.taobao.com/error1.html", "throttled"],
    [302, "/_____tmd_____/punish?x5secdata=1", "throttled"],
    [301, "https://err.taobao.com/error1.html", "unknown"],
    [302, "https://err.taobao.com.example/", "unknown"],
    [302, "https://gateway.example/punish", "unknown"],
    [302, "https://gateway.example/punished-users/login", "unknown"],
    [302, "https://h5.dingtalk.com/punish?x5secdata=1", "throttled"],
    [302, "https://err.dingtalk.io/", "throttled"],
  ])("HTTP %i to %s is %s", (status, location, limit) => {
    expect(factsOf(failureOf({ status, location })).limit).toBe(limit);
  });
});

test("a redirect of a gateway of one's own to /punish tells nothing of the limit", () => {
  const answer = { ...none, status: 302, location: "/punish" };
  const gateway = new URL("http://gateway:8080/hook");

  expect(() => readAnswer(answer, { url: gateway, nowMs })).toThrow(
    expect.objectContaining({ facts: expect.objectContaining({ limit: "unknown" }) }),
  );
});

describe("a client error", () => {
  test.each([400, 401, 403, 404, 405, 407, 408, 410, 413, 415, 421, 451])(
    "HTTP %i is not to be waited for",
    (status) => {
      const failure = failureOf({ status });

      expect(failure).toMatchObject({ reason: "http-error", facts: { repeat: "never" } });
      expect(failure).toMatchObject({ remedy: expect.not.stringContaining("try again") });
    },
  );

  test.each([
    [401, "gateway or proxy"],
    [403, "gateway or proxy"],
    [404, "copy the webhook address"],
    [413, "shorten the message"],
  ])("HTTP %i says: %s", (status, remedy) => {
    expect(failureOf({ status })).toMatchObject({ remedy: expect.stringContaining(remedy) });
  });
});

describe("errcode 300001", () => {
  test.each([
    ["会话已过期", "session-expired"],
    ["session is expired", "session-expired"],
    ["token is not exist", "token-unknown"],
    ["access_token不存在", "token-unknown"],
    ["invalid token", "token-unknown"],
    ["msgtype is null", "param-invalid"],
    ["json error, unexpected token at position 5", "param-invalid"],
    ["the title has too many tokens", "param-invalid"],
  ])("with %s is %s", (errmsg, reason) => {
    const body = JSON.stringify({ errcode: 300001, errmsg });

    const answer = readAnswer({ ...none, status: 200, body }, { url, nowMs });

    expect(answer?.refusal.reason).toBe(reason);
  });
});

describe("an answer that is nested 9,000 deep", () => {
  test("is a throttle all the same", () => {
    const body = `{"errcode":130101,"errmsg":"too fast","x":${"[".repeat(9000)}${"]".repeat(9000)}}`;

    const answer = readAnswer({ ...none, status: 200, body }, { url, nowMs });

    expect(answer?.refusal.kind).toBe("throttled");
  });
});
