import { describe, expect, test } from "vitest";
import {
  callback,
  clientSecret,
  startGateway,
  system,
  ticket,
} from "../dingtalk/stream/support/gateway.ts";
import { eventually } from "../support/eventually.ts";
import { run, runToEnd } from "../support/process.ts";

const message = {
  msgId: "msgA",
  msgtype: "text",
  conversationType: "2",
  createAt: 1_767_225_600_500,
  senderNick: "a name",
  sessionWebhook: "https://oapi.dingtalk.com/robot/sendBySession?session=a-session",
  text: { content: "a text" },
};

describe("record", () => {
  test("prints times, ids and ack codes of each copy, and nothing of the contents", async () => {
    const gateway = await startGateway();
    const env = { DINGTALK_CLIENT_SECRET: clientSecret };
    const args = ["--client-id", "dingabc", "--gateway-url", gateway.url.href, "--ack", "500"];
    const running = run(["record", ...args], env);
    const { send, texts } = await gateway.socket(1);

    send(callback("first", message));
    send(callback("second", message));
    await running.says('"copy":2');
    await eventually(() => texts[1]);
    running.child.kill("SIGTERM");

    expect(await running.exit).toBe(0);
    const lines = running
      .stdout()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { event: "connections", open: 1 },
      { event: "message", messageId: "first", msgId: "msgA", copy: 1, msgtype: "text", ack: 500 },
      { event: "message", messageId: "second", copy: 2, createAt: message.createAt },
      { event: "connections", open: 0 },
    ]);
    expect(texts.map((text) => JSON.parse(text).code)).toEqual([500, 500]);
    for (const secret of [clientSecret, ticket, "a name", "a text", "a-session"]) {
      expect(running.stdout()).not.toContain(secret);
    }
  });

  test("acks nothing unless it is told to, so that DingTalk pushes the message again", async () => {
    const gateway = await startGateway();
    const env = { DINGTALK_CLIENT_SECRET: clientSecret };
    const running = run(["record", "--client-id", "a", "--gateway-url", gateway.url.href], env);
    const { send, texts } = await gateway.socket(1);

    send(callback("first", message));
    await running.says('"ack":"none"');
    send(system("ping"));
    await eventually(() => texts[0]);
    running.child.kill("SIGTERM");

    expect(await running.exit).toBe(0);
    expect(texts.map((text) => JSON.parse(text).headers.messageId)).toEqual(["ping"]);
  });

  test("closes its connection and ends after --for", async () => {
    const gateway = await startGateway();
    const env = { DINGTALK_CLIENT_SECRET: clientSecret };
    const args = ["--client-id", "a", "--gateway-url", gateway.url.href, "--for", "2s"];

    const { exit, stdout } = await runToEnd(["record", ...args], env);

    expect(exit).toBe(0);
    expect(stdout).toContain('"open":1');
    await eventually(() => gateway.sockets[0]?.closedWith());
    expect(gateway.sockets[0]?.closedWith()).toBe(1000);
  });

  test.for([
    [["--client-id", "a"], "no client secret"],
    [["--secret-file", "x"], "--client-id is missing"],
    [["--client-id", "a", "--ack", "201"], "--ack takes"],
    [["--client-id", "a", "--for", "soon"], "--for takes a duration"],
    [["--client-id", "a", "--secret-file", "missing"], "--secret-file"],
    [["--client-id", "a", "--gateway-url", "x"], "--gateway-url is not https://HOST"],
    [["--client-id", "a", "--gateway-url", "http://gateway.example"], "--gateway-url is not https"],
    [["--client-id", "a", "--gateway-url", "https://a.example/b"], "--gateway-url is not https"],
  ] as const)("says what is wrong with %j", async ([args, problem]) => {
    const { exit, stderr } = await runToEnd(["record", ...args]);

    expect(exit).toBe(2);
    expect(stderr).toContain(problem);
  });
});
