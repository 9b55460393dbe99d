import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { type Answer, jsonAnswer, startRobot } from "../support/robot.ts";

const text = { msgtype: "text", text: { content: "hello" } };

const html: Answer = (response) => {
  response.writeHead(200, { "content-type": "text/html" });
  response.end("<html>blocked</html>");
};
const plain =
  (code: number): Answer =>
  (response) => {
    response.writeHead(code, code === 302 ? { location: "http://127.0.0.1:1/" } : {});
    response.end("oops");
  };
const reset: Answer = (response) => response.socket?.resetAndDestroy();
const truncated: Answer = (response) => {
  response.writeHead(200, { "content-length": "100" });
  response.write('{"errcode":0');
  setImmediate(() => response.socket?.destroy());
};
const tooLarge: Answer = (response) => response.end("x".repeat(1024 * 1024 + 1));

describe("an answer of the robot becomes a status", () => {
  const refused =
    (errcode: number | string, errmsg: string): Answer =>
    (response, post) => {
      // Without a date there is nothing to correct the clock by.
      response.sendDate = false;
      jsonAnswer({ errcode, errmsg })(response, post);
    };
  const { INVALID_ARGUMENT, FAILED_PRECONDITION, PERMISSION_DENIED } = status;
  const { RESOURCE_EXHAUSTED, UNAVAILABLE } = status;

  test.each<[string, Answer, status, string]>([
    ["-1", refused(-1, "系统繁忙"), UNAVAILABLE, "errcode=-1 reason=busy"],
    [
      "310000 sign",
      refused(310000, "sign not match, more: [https://ding-doc.dingtalk.com/doc]"),
      FAILED_PRECONDITION,
      "errcode=310000 reason=sign-mismatch",
    ],
    [
      "310000 sign as a string",
      refused("310000", "错误描述:机器人发送签名不匹配;解决方案:请确认签名"),
      FAILED_PRECONDITION,
      "errcode=310000 reason=sign-mismatch",
    ],
    [
      "310000 timestamp",
      refused(310000, "invalid timestamp"),
      FAILED_PRECONDITION,
      "errcode=310000 reason=timestamp-invalid",
    ],
    [
      "310000 timestamp in Chinese",
      refused(310000, "错误描述:机器人发送签名过期;"),
      FAILED_PRECONDITION,
      "errcode=310000 reason=timestamp-invalid",
    ],
    [
      "310000 keyword",
      refused(310000, "keywords not in content"),
      FAILED_PRECONDITION,
      "errcode=310000 reason=keyword-missing",
    ],
    [
      "310000 keyword in Chinese",
      refused(310000, "description:关键词不匹配;solution:请联系群管理员"),
      FAILED_PRECONDITION,
      "errcode=310000 reason=keyword-missing",
    ],
    [
      "310000 address",
      refused(310000, "description:ip 不在白名单中;"),
      PERMISSION_DENIED,
      "errcode=310000 reason=ip-not-allowed",
    ],
    [
      "310000 of a new kind",
      refused(310000, "?"),
      FAILED_PRECONDITION,
      "errcode=310000 reason=security-refused",
    ],
    [
      "300005",
      refused(300005, "token is not exist"),
      PERMISSION_DENIED,
      "errcode=300005 reason=token-unknown",
    ],
    [
      "300001 token",
      refused(300001, "token is not exist"),
      PERMISSION_DENIED,
      "errcode=300001 reason=token-unknown",
    ],
    [
      "300001 msgtype is null",
      refused(300001, "msgtype is null"),
      INVALID_ARGUMENT,
      "errcode=300001 reason=param-invalid",
    ],
    [
      "300001 param error",
      refused(300001, "param error"),
      INVALID_ARGUMENT,
      "errcode=300001 reason=param-invalid",
    ],
    [
      "300001 without a text",
      refused(300001, ""),
      INVALID_ARGUMENT,
      "errcode=300001 reason=param-invalid",
    ],
    [
      "300001 session",
      refused(300001, "session 不存在"),
      PERMISSION_DENIED,
      "errcode=300001 reason=session-expired",
    ],
    [
      "40035 token",
      refused(40035, "缺少参数 access_token"),
      PERMISSION_DENIED,
      "errcode=40035 reason=token-missing",
    ],
    [
      "40035 json",
      refused(40035, "缺少参数 json"),
      INVALID_ARGUMENT,
      "errcode=40035 reason=json-invalid",
    ],
    ["43004", refused(43004, ""), FAILED_PRECONDITION, "errcode=43004 reason=request-invalid"],
    ["400013", refused(400013, ""), FAILED_PRECONDITION, "errcode=400013 reason=group-dissolved"],
    ["400102", refused(400102, ""), FAILED_PRECONDITION, "errcode=400102 reason=robot-stopped"],
    ["400105", refused(400105, ""), INVALID_ARGUMENT, "errcode=400105 reason=msgtype-unsupported"],
    ["400202", refused(400202, ""), INVALID_ARGUMENT, "errcode=400202 reason=field-missing"],
    ["430101", refused(430101, ""), INVALID_ARGUMENT, "errcode=430101 reason=content-refused"],
    ["460101", refused(460101, ""), INVALID_ARGUMENT, "errcode=460101 reason=message-too-long"],
    ["130101", refused(130101, ""), RESOURCE_EXHAUSTED, "errcode=130101 reason=throttled"],
    ["410100", refused(410100, ""), RESOURCE_EXHAUSTED, "errcode=410100 reason=throttled"],
    ["660026", refused(660026, ""), RESOURCE_EXHAUSTED, "errcode=660026 reason=throttled"],
    ["90030", refused(90030, ""), RESOURCE_EXHAUSTED, "errcode=90030 reason=quota-exceeded"],
    [
      "a ban",
      jsonAnswer({ status: 1111, wait: 5, source: "x5", punish: "deny", uuid: "u" }),
      RESOURCE_EXHAUSTED,
      "reason=address-banned",
    ],
    [
      "a ban with a code",
      jsonAnswer({ errcode: 130101, status: 1111, punish: "deny" }),
      RESOURCE_EXHAUSTED,
      "errcode=130101 reason=address-banned",
    ],
    [
      "an unknown code",
      refused(999999, "brand new"),
      FAILED_PRECONDITION,
      "errcode=999999 reason=refused",
    ],
    ["429", jsonAnswer({}, 429), UNAVAILABLE, "http=429 reason=http-error"],
    ["302", plain(302), UNAVAILABLE, "http=302 reason=redirected"],
    ["500", plain(500), UNAVAILABLE, "http=500 reason=http-error"],
    ["503 with JSON", jsonAnswer({ errcode: 0 }, 503), UNAVAILABLE, "http=503 reason=http-error"],
    ["404", plain(404), UNAVAILABLE, "http=404 reason=http-error"],
    ["HTML", html, UNAVAILABLE, "http=200 reason=unusable-answer"],
    [
      "JSON without errcode",
      jsonAnswer({ ok: true }),
      UNAVAILABLE,
      "http=200 reason=unusable-answer",
    ],
    ["JSON that is no object", jsonAnswer([0]), UNAVAILABLE, "http=200 reason=unusable-answer"],
    [
      "errcode of no number",
      jsonAnswer({ errcode: null }),
      UNAVAILABLE,
      "http=200 reason=unusable-answer",
    ],
    ["a large answer", tooLarge, UNAVAILABLE, "http=200 reason=unusable-answer"],
    ["a reset", reset, UNAVAILABLE, "reason=connection-lost"],
    ["half an answer", truncated, UNAVAILABLE, "http=200 reason=connection-lost"],
  ])("%s", async (_case, answer, code, labels) => {
    const robot = await startRobot(answer);
    const { socket } = await startComponent();
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url: robot.url, retries: "0" });

    const sent = daprd.create(text);

    await expect(sent).rejects.toMatchObject({
      code,
      details: expect.stringMatching(new RegExp(`^dingtalk ${labels}: .+; .+`)),
    });
    expect(robot.posts).toHaveLength(1);
  });
});

describe("an answer that looks like a ban", () => {
  test.each([[null], [""], [false], [{}]])("is none with punish %j", async (punish) => {
    const robot = await startRobot(jsonAnswer({ errcode: 0, errmsg: "ok", punish }));
    const daprd = new DaprdClient((await startComponent()).socket);
    await daprd.init({ id: "a", url: robot.url });

    const answer = await daprd.create(text);

    expect(answer.metadata).toMatchObject({ errcode: "0" });
  });
});

describe("a signature that stands in the url", () => {
  test.each([
    ["timestamp-invalid", "description:机器人发送签名过期"],
    ["sign-mismatch", "description:机器人发送签名不匹配"],
  ])("is named where the robot answers %s", async (reason, errmsg) => {
    const robot = await startRobot(jsonAnswer({ errcode: 310000, errmsg }));
    const { socket, clock } = await startComponent();
    clock.advance(7_200_000);
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url: `${robot.url}&timestamp=1700000000000&sign=abc%3D` });

    const sent = daprd.create(text);

    await expect(sent).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringMatching(
        new RegExp(
          `reason=${reason}: .+; the url carries an old timestamp and sign; take them out`,
        ),
      ),
    });
    expect(robot.posts).toHaveLength(1);
  });
});

describe("no connection becomes UNAVAILABLE", () => {
  test.each([
    ["a closed port", "http://127.0.0.1:1/robot/send", "connect-failed"],
    ["an unknown host", "http://robot.invalid/robot/send", "dns-failed"],
  ])("%s", async (_case, url, reason) => {
    const { socket } = await startComponent();
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url, retries: "0" });

    const sent = daprd.create(text);

    await expect(sent).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(new RegExp(`^dingtalk reason=${reason}: `)),
    });
  });

  test("a host that speaks no TLS", async () => {
    const robot = await startRobot();
    const { socket } = await startComponent();
    const daprd = new DaprdClient(socket);
    await daprd.init({ id: "a", url: robot.url.replace("http:", "https:"), retries: "0" });

    const sent = daprd.create(text);

    await expect(sent).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/^dingtalk reason=tls-failed: /),
    });
  });
});
