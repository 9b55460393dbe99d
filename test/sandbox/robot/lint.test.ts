import { describe, expect, test } from "vitest";
import { createSandbox, entries, send } from "../support/sandbox.ts";

describe("lint", () => {
  test.each([
    ["a table", "a | b\n--- | ---", [["markdown-table", { line: 2 }]]],
    ["HTML", "a <font color=red>b</font>", [["markdown-html", { line: 1, tag: "font" }]]],
    ["an address in brackets", "<http://a.example/>", []],
    ["code", "use `x`", [["markdown-unsupported", { line: 1, construct: "code" }]]],
    ["strikethrough", "~~x~~", [["markdown-unsupported", { line: 1, construct: "strikethrough" }]]],
    ["a rule", "a\n\n---", [["markdown-unsupported", { line: 3, construct: "rule" }]]],
    [
      "an underlined heading",
      "a\n---",
      [["markdown-unsupported", { line: 2, construct: "setext" }]],
    ],
    ["a task", "- [ ] a", [["markdown-unsupported", { line: 1, construct: "task" }]]],
    ["a single newline", "a\nb", [["markdown-newline", { line: 1 }]]],
    ["a newline after two spaces", "a  \nb", []],
    ["an empty line", "a\n\nb", []],
    ["a list", "# a\n- b\n- c\n1. d\n> e", []],
    ["an http image", "![x](http://a.example/p)", [["image-http", { url: "http://a.example/p" }]]],
    ["an https image", "![x](https://a.example/p)", []],
  ])("looks for %s", async (_, text, expected) => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { msgtype: "markdown", markdown: { title: "t", text } } });

    const [entry] = await entries(sandbox);

    expect(entry?.lint.map(({ code, params }) => [code, params])).toEqual(expected);
  });

  test.each([
    ["a card without title", card({}), ["title-missing"]],
    [
      "a blank title",
      { msgtype: "markdown", markdown: { title: " ", text: "x" } },
      ["title-missing"],
    ],
    ["a card with title", card({ title: "t" }), []],
    ["pictures of a feed", feed("http://a.example/p"), ["image-http"]],
    [
      "a long text",
      { msgtype: "text", text: { content: "x".repeat(18_000) } },
      ["nearly-too-long"],
    ],
    ["a text that is not refused only", { msgtype: "text", text: { content: "a\n<b>" } }, []],
  ])("looks at %s", async (_, message, codes) => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message });

    const [entry] = await entries(sandbox);

    expect(entry?.lint.map(({ code }) => code)).toEqual(codes);
  });

  test("says the same thing twenty times at most", async () => {
    const { sandbox } = await createSandbox();
    const text = "a\n".repeat(1000);
    await send(sandbox, { message: { msgtype: "markdown", markdown: { title: "t", text } } });

    const [entry] = await entries(sandbox);

    expect(entry?.lint).toHaveLength(20);
  });

  test("passes over refused messages", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { msgtype: "markdown", markdown: { text: "a\nb" } } });

    const [entry] = await entries(sandbox);

    expect(entry?.lint).toEqual([]);
  });

  test.each(["<a ".repeat(6000), "![".repeat(9000), "`".repeat(19_000), " ".repeat(19_000)])(
    "is done with a hostile text at once",
    async (text) => {
      const { sandbox } = await createSandbox();
      const startedAt = performance.now();

      await send(sandbox, { message: { msgtype: "markdown", markdown: { title: "t", text } } });

      expect(performance.now() - startedAt).toBeLessThan(10_000);
    },
  );
});

describe("lint of fields", () => {
  test.each([
    ["mobiles that are no list", { at: { atMobiles: "1380" } }, wrongType("at.atMobiles")],
    ["an at that is a list", { at: ["1380"] }, wrongType("at")],
    ["ids that are objects", { at: { atUserIds: [{}] } }, wrongType("at.atUserIds[0]")],
    ["isAtAll as an object", { at: { isAtAll: {} } }, wrongType("at.isAtAll")],
    ["a content that is an object", { text: { content: {} } }, wrongType("text.content")],
    ["At", { At: { isAtAll: true } }, ["field-ignored", "at"]],
    ["at.atAll", { at: { atAll: true } }, ["field-ignored", "at.isAtAll"]],
    ["at inside at", { at: { at: { isAtAll: true } } }, ["field-misplaced", "at.at"]],
    ["at.atmobiles", { at: { atmobiles: ["1"] } }, ["field-ignored", "at.atMobiles"]],
    ["msguuid", { msguuid: "1" }, ["field-ignored", "msgUuid"]],
    ["isAtAll at the top", { isAtAll: true }, ["field-misplaced", "isAtAll"]],
    ["at in the content", { text: { content: "x", at: {} } }, ["field-misplaced", "text.at"]],
  ])("sees %s", async (_, fields, [code, field]) => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { ...text("x"), ...fields } });

    const [entry] = await entries(sandbox);

    expect(entry?.lint).toMatchObject([{ code, params: { field } }]);
  });

  test("sees the spelling of a card's address", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: card({ title: "t", singleTitle: "s", singleUrl: "u" }) });

    const [entry] = await entries(sandbox);

    expect(entry?.lint).toMatchObject([
      {
        code: "field-ignored",
        params: { field: "actionCard.singleURL", spelledAs: "actionCard.singleUrl" },
        text: "DingTalk ignores actionCard.singleUrl, it reads actionCard.singleURL",
      },
    ]);
  });
});

describe("mentions", () => {
  const atMobiles = ["13800000000", "1380"];

  test.each([
    ["in the text", markdown("hi @13800000000!"), ["13800000000"], ["not-in-text"]],
    ["as the start of a number only", markdown("@13800000000"), ["13800000000"], ["not-in-text"]],
    ["before Chinese", markdown("@1380你好"), ["1380"], ["not-in-text"]],
    ["not in an address", markdown("x@1380"), [], ["not-in-text", "not-in-text"]],
    ["not as the start of a longer id", markdown("@1380-x"), [], ["not-in-text", "not-in-text"]],
    ["in a link", { msgtype: "link", link: link("@1380") }, [], unsupported(2)],
    ["in a card's text", card({ title: "t", text: "@1380" }), ["1380"], ["not-in-text"]],
    ["beside a plain text", text("hi"), atMobiles, []],
  ])("count %s", async (_, message, mobiles, reasons) => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { ...message, at: { atMobiles } } });

    const [entry] = await entries(sandbox);

    expect(entry?.mentions.mobiles).toEqual(mobiles);
    expect(entry?.mentions.notPinged.map(({ reason }) => reason)).toEqual(reasons);
  });

  test("may be numbers and DingTalk ids, and name nobody twice", async () => {
    const { sandbox } = await createSandbox();
    const at = { atMobiles: [1380, "1380"], atUserIds: ["u"], atDingtalkIds: ["$:LWCP_v1:$a"] };
    await send(sandbox, { message: { ...markdown("@1380 @u @$:LWCP_v1:$a"), at } });

    const [entry] = await entries(sandbox);

    expect(entry?.mentions).toEqual({
      ...{ mobiles: ["1380"], userIds: ["u"], dingtalkIds: ["$:LWCP_v1:$a"] },
      ...{ all: false, notPinged: [] },
    });
  });

  test.each([true, "true", 1])("take %j for isAtAll", async (isAtAll) => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { ...text("x"), at: { isAtAll } } });

    const [entry] = await entries(sandbox);

    expect(entry).toMatchObject({ mentions: { all: true }, lint: [] });
  });

  test("in a text that is a number ping all the same", async () => {
    const { sandbox } = await createSandbox();
    const message = { msgtype: "text", text: { content: 5 }, at: { atMobiles: ["1"] } };
    await send(sandbox, { message });

    const [entry] = await entries(sandbox);

    expect(entry).toMatchObject({ mentions: { mobiles: ["1"] }, lint: [] });
  });

  test("of 1,500 people are found at once, and twenty are hinted at", async () => {
    const { sandbox } = await createSandbox();
    const atMobiles = Array.from({ length: 1500 }, (_, index) => 10_000 + index);
    await send(sandbox, { message: { ...markdown("@a".repeat(3000)), at: { atMobiles } } });

    const [entry] = await entries(sandbox);

    expect(entry?.mentions.notPinged).toHaveLength(1500);
    expect(entry?.lint).toHaveLength(20);
  });

  test("ping fifty people at most", async () => {
    const { sandbox } = await createSandbox();
    const atUserIds = Array.from({ length: 52 }, (_, index) => `user${index}`);
    const content = atUserIds.map((id) => `@${id}`).join(" ");
    await send(sandbox, { message: { ...text(content), at: { atUserIds } } });

    const [entry] = await entries(sandbox);

    expect(entry?.mentions.userIds).toHaveLength(50);
    expect(entry?.mentions.notPinged).toEqual([
      { kind: "userId", value: "user50", reason: "over-limit" },
      { kind: "userId", value: "user51", reason: "over-limit" },
    ]);
    expect(entry?.lint).toMatchObject([{ code: "mentions-over-limit", params: { count: 2 } }]);
  });

  test.each([
    ["a text", text("x"), true, []],
    ["a feed", feed("https://a.example/p"), false, ["mention-unsupported"]],
  ])("of all are possible in %s or not", async (_, message, all, codes) => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message: { ...message, at: { isAtAll: true } } });

    const [entry] = await entries(sandbox);

    expect(entry?.mentions.all).toBe(all);
    expect(entry?.lint.map(({ code }) => code)).toEqual(codes);
  });
});

function text(content: string): object {
  return { msgtype: "text", text: { content } };
}

function markdown(words: string): object {
  return { msgtype: "markdown", markdown: { title: "t", text: words } };
}

/** The code and the field of the hint. */
function wrongType(field: string): string[] {
  return ["field-wrong-type", field];
}

function card(fields: object): object {
  return { msgtype: "actionCard", actionCard: { text: "x", ...fields } };
}

function link(words: string): object {
  return { title: "t", text: words, messageUrl: "https://a.example" };
}

function feed(picURL: string): object {
  return {
    msgtype: "feedCard",
    feedCard: { links: [{ title: "t", messageURL: "https://a.example", picURL }] },
  };
}

function unsupported(count: number): string[] {
  return Array(count).fill("unsupported-msgtype");
}
