import ChatBot from "dingtalk-robot-sender";
import { expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { createSandbox, received } from "./support/sandbox.ts";

const messageURL = "https://a.example/";
const picURL = "https://a.example/p.png";

test.each([
  ["no security", "sandbox", undefined],
  ["a secret", "signed", "SECsandbox"],
])("a foreign sender's messages of all types reach a robot with %s", async (_, token, secret) => {
  // The sender takes the machine's time for its signature.
  const { sandbox } = await createSandbox(undefined, { clock: systemClock });
  const baseUrl = `${sandbox.url}/robot/send`;
  const sender = new ChatBot({ baseUrl, accessToken: token, secret });

  const answers = [
    await sender.text("hello @13800000000", { atMobiles: ["13800000000"], isAtAll: false }),
    await sender.link({ title: "t", text: "x", messageUrl: messageURL, picUrl: picURL }),
    await sender.markdown("t", "# x", { isAtAll: true }),
    await sender.actionCard({
      title: "t",
      text: "x",
      btns: [{ title: "b", actionURL: messageURL }],
    }),
    await sender.feedCard([{ title: "t", messageURL, picURL }]),
  ];

  expect(answers.map(({ data }) => data)).toEqual(Array(5).fill({ errcode: 0, errmsg: "ok" }));
  expect((await received(sandbox)).map(({ message }) => message.msgtype)).toEqual([
    ...["text", "link", "markdown", "actionCard", "feedCard"],
  ]);
});
