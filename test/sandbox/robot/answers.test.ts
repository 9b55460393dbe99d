import { describe, expect, test } from "vitest";
import type { Generation } from "../../../sandbox/robot/answers.ts";
import { createSandbox, hello, send } from "../support/sandbox.ts";

const untitled = { msgtype: "markdown", markdown: { text: "# x" } };
const image = { msgtype: "image" };

/** As logs show them, letter by letter. */
const texts: readonly (readonly [Generation, object, string])[] = [
  ["a", hello, "keywords not in content"],
  [
    "b",
    hello,
    "keywords not in content, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]",
  ],
  [
    "c",
    hello,
    "description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;",
  ],
  [
    "d",
    hello,
    "错误描述:关键词不匹配;解决方案:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;",
  ],
];

const textsOfFields: readonly (readonly [Generation, object, string])[] = [
  ["a", untitled, "miss param : markdown->title"],
  ["b", untitled, "miss param : markdown->title"],
  [
    "c",
    untitled,
    "description:参数 markdown --》 title 缺失，或者参数格式不正确; solution:请填充上对应参数;link:请参考本接口对应文档查看参数获取方式，或者在https://open.dingtalk.com/document/  搜索对应文档;",
  ],
  [
    "d",
    untitled,
    "错误描述:参数 markdown --》 title 缺失，或者参数格式不正确; 解决方案:请填充上对应参数;参考链接:请参考本接口对应文档查看参数获取方式，或者在https://open.dingtalk.com/document/  搜索对应文档;",
  ],
  ["a", {}, "msgtype is null"],
  ["d", {}, "msgtype is null"],
  [
    "d",
    image,
    "错误描述: 不支持类型 msgType:image ;解决方案:请使用支持的类型;参考链接:请参考本接口对应文档查看支持的消息类型，或者在https://open.dingtalk.com/document/ 搜索对应文档;",
  ],
];

describe("error texts", () => {
  test.each(texts)("of generation %s word a missing keyword", async (generation, message, text) => {
    const { sandbox } = await createSandbox([
      { token: "sandbox", keywords: ["alert"], generation },
    ]);

    const answer = await send(sandbox, { message });

    expect(answer.errmsg).toBe(text);
  });

  test.each(textsOfFields)("of generation %s word %j", async (generation, message, text) => {
    const { sandbox } = await createSandbox([{ token: "sandbox", generation }]);

    const answer = await send(sandbox, { message });

    expect(answer.errmsg).toBe(text);
  });

  test("are of generation d unless the robot says otherwise", async () => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, { message: untitled });

    expect(answer.errmsg).toMatch(/^错误描述:.*;参考链接:.*;$/);
  });

  test("repeat no more than the start of an unknown msgtype", async () => {
    const { sandbox } = await createSandbox();

    const answer = await send(sandbox, { message: { msgtype: "x".repeat(100_000) } });

    expect(answer.errmsg.length).toBeLessThan(300);
  });
});
