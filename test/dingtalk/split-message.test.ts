import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import { readMentions } from "../../src/dingtalk/mentions.ts";
import { createMessage, type RobotMessage, readText } from "../../src/dingtalk/message.ts";
import * as inSteps from "../../src/dingtalk/split-message.ts";
import { finish } from "../../src/dingtalk/steps.ts";

const splitMessage = (...given: Parameters<typeof inSteps.splitMessage>): RobotMessage[] =>
  finish(inSteps.splitMessage(...given));

const cutIntoPieces = (...given: Parameters<typeof inSteps.cutIntoPieces>): inSteps.Piece[] =>
  finish(inSteps.cutIntoPieces(...given));

const text = (content: string, more = {}): RobotMessage =>
  createMessage({ msgtype: "text", text: { content }, ...more });

const markdown = (content: string, more = {}): RobotMessage =>
  createMessage({ msgtype: "markdown", markdown: { title: "Log", text: content }, ...more });

const sizeOf = ({ body }: RobotMessage): number => Buffer.byteLength(JSON.stringify(body));

/** What a text message with this content takes, so that a limit can be told in letters. */
const limitFor = (letters: number): number => sizeOf(text("(1/2)\n")) + letters;

const textsOf = (parts: readonly RobotMessage[]): (string | undefined)[] => parts.map(readText);

const split = (content: string, letters: number): (string | undefined)[] =>
  textsOf(splitMessage(text(content), { maxBytes: limitFor(letters) }));

/** What a markdown message with this text takes. */
const markdownLimitFor = (letters: number): number =>
  sizeOf(markdown("(1/2)\n\n")) + " (1/2)".length + letters;

const splitMarkdown = (content: string, letters: number): (string | undefined)[] =>
  textsOf(splitMessage(markdown(content), { maxBytes: markdownLimitFor(letters) }));

const numberedMarkdown = (pieces: readonly string[]): string[] =>
  pieces.map((piece, index) => `(${index + 1}/${pieces.length})\n\n${piece}`);

const numbered = (pieces: readonly string[]): string[] =>
  pieces.map((piece, index) => `(${index + 1}/${pieces.length})\n${piece}`);

describe("splitMessage", () => {
  test.each([
    ["a text that fits", text("x".repeat(100))],
    ["markdown that fits", markdown("x".repeat(100))],
    ["a long link", createMessage({ msgtype: "link", link: { text: "x".repeat(1000) } })],
    [
      "a long card",
      createMessage({ msgtype: "actionCard", actionCard: { text: "x".repeat(1000) } }),
    ],
  ])("leaves %s whole", (_case, whole) => {
    const parts = splitMessage(whole, { maxBytes: 200 });

    expect(parts).toEqual([whole]);
    expect(parts[0]).toBe(whole);
  });

  test("leaves a message whole that fits in a plainer spelling", () => {
    const { body } = text("<".repeat(100));
    const whole = createMessage(body, JSON.stringify(body).replaceAll("<", "\\u003c"));

    expect(splitMessage(whole, { maxBytes: 200 })).toEqual([whole]);
  });

  test.each([
    [
      "paragraphs",
      "one one\n\ntwo two\n\nthree three",
      24,
      ["one one\n\ntwo two\n\n", "three three"],
    ],
    ["lines", "one one\ntwo two\nthree three", 20, ["one one\ntwo two\n", "three three"]],
    ["characters", "aaaaaaaaaabbbbbbbbbbc", 11, ["aaaaaaaaaab", "bbbbbbbbbc"]],
    [
      "lines where a paragraph would be short",
      "a\n\nbbb bbb\nccc ccc ccc",
      17,
      ["a\n\nbbb bbb\n", "ccc ccc ccc"],
    ],
    [
      "characters where a line would be short",
      `a\n${"b".repeat(18)}`,
      13,
      ["a\nbbbbbbbbbb", "bbbbbbbb"],
    ],
  ])("cuts between %s", (_case, content, letters, pieces) => {
    expect(split(content, letters)).toEqual(numbered(pieces));
  });

  test.each([
    ["a pair of surrogates", "aaaaaaa🚨🚨🚨", 11, ["aaaaaaa🚨", "🚨🚨"]],
    ["a family", "aaaaaaaa👨‍👩‍👧b", 19, ["aaaaaaaa", "👨‍👩‍👧b"]],
    ["a letter with its accent", "aaaaaaaaae\u0301bbbbbbb", 11, ["aaaaaaaaa", "e\u0301bbbbbbb"]],
    ["Chinese", "磁盘已满了磁盘", 13, ["磁盘已满", "了磁盘"]],
    ["an address", "look at https://e.org/a", 15, ["look at ", "https://e.org/a"]],
    [
      "a link",
      "see it in [the log](https://e/) now",
      25,
      ["see it in ", "[the log](https://e/) now"],
    ],
    ["an image that is a link", "see it now [![a](b)](c)", 13, ["see it now ", "[![a](b)](c)"]],
    [
      "a link over two lines",
      "see it in\n[the\nlog](u) now",
      18,
      ["see it in\n", "[the\nlog](u) now"],
    ],
  ])("does not cut %s", (_case, content, letters, pieces) => {
    expect(split(content, letters)).toEqual(numbered(pieces));
  });

  test("does not cut a character that is longer than the text is looked at in one go", () => {
    const zalgo = `e${"\u0301".repeat(600)}`;

    expect(split(`${"a".repeat(600)}${zalgo}b${zalgo}`, 1300)).toEqual(
      numbered([`${"a".repeat(600)}`, `${zalgo}b`, zalgo]),
    );
  });

  test("cuts a link that is longer than a part", () => {
    expect(split("[abcdefghij](klmno)", 10)).toEqual(numbered(["[abcdefghi", "j](klmno)"]));
  });

  test.each([
    ["blanks", "aaaa bbbb cccc dddd eeee ff", 18, ["aaaa bbbb cccc ", "dddd eeee ff"]],
    ["Chinese marks", "磁盘已满，请清理。明天再说", 25, ["磁盘已满，", "请清理。明天再说"]],
    ["tabs", "aaaaaaa\tbbbbbbbbbbbb", 13, ["aaaaaaa\t", "bbbbbbbbbbbb"]],
  ])("cuts a long line at %s", (_case, content, letters, pieces) => {
    expect(split(content, letters)).toEqual(numbered(pieces));
  });

  const words = (count: number): string => "word ".repeat(count);

  test.each([
    ["bold", `**${words(20)}x**`, 60, [`**${words(11).trim()}** `, `**${words(9)}x**`]],
    [
      "bold over a line end",
      `**${words(5)}\n${words(6)}x** and more`,
      50,
      [`**${words(5).trim()}** \n`, `**${words(6)}x** and more`],
    ],
    ["italic", `_${words(12)}x_`, 40, [`_${words(7).trim()}_ `, `_${words(5)}x_`]],
    ["code", `\`${words(12)}**\``, 40, [`\`${words(7).trim()}\` `, `\`${words(5)}**\``]],
    ["struck through", `~~${words(12)}x~~`, 40, [`~~${words(7).trim()}~~ `, `~~${words(5)}x~~`]],
    [
      "italic inside bold",
      `**a *${words(12)}x* e**`,
      50,
      [`**a *${words(8).trim()}*** `, `***${words(4)}x* e**`],
    ],
    [
      "coloured",
      `<font color=red>${words(60)}x</font> end`,
      300,
      [`<font color=red>${words(55).trim()}</font> `, `<font color=red>${words(5)}x</font> end`],
    ],
    [
      "a link",
      `[${words(40)}x](https://e/) end`,
      170,
      [`[${words(31).trim()}](https://e/) `, `[${words(9)}x](https://e/) end`],
    ],
    ["a quote", `> ${words(20)}`, 60, [`> ${words(11)}`, `> ${words(9)}`]],
  ])("closes and opens again what is %s", (_case, content, letters, pieces) => {
    expect(splitMarkdown(content, letters)).toEqual(numberedMarkdown(pieces));
  });

  test.each([
    ["multiplications", `2 ** 3 and ** ${words(20)}`],
    ["a mark that nothing closes", `**a ${words(20)}`],
    ["escaped marks", `\\*\\*${words(20)}\\*\\*`],
    ["names with underscores", `a_b ${"some_name ".repeat(12)}_`],
    ["a tag that holds nothing", `a<br>${words(20)}</br>`],
    ["a bold word in each line", "**word** ".repeat(20)],
  ])("adds nothing to %s", (_case, content) => {
    const parts = splitMarkdown(content, 80).map((part) => part?.replace(/^.*\n\n/, ""));

    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join("")).toBe(content);
  });

  test("adds no marks to a text, which is drawn as written", () => {
    const content = `**${words(20)}**`;

    const parts = split(content, 60).map((part) => part?.replace(/^.*\n/, ""));

    expect(parts.join("")).toBe(content);
  });

  test("repeats the head of a table in each part", () => {
    const head = "|name|v|\n|---|---|\n";
    const rows = Array.from({ length: 24 }, (_one, index) => `|node-${index}|ok|\n`);

    const parts = splitMarkdown(`${head}${rows.join("")}\nend`, 200);

    expect(parts).toEqual(
      numberedMarkdown([
        head + rows.slice(0, 13).join(""),
        `${head}${rows.slice(13).join("")}\nend`,
      ]),
    );
  });

  test("leaves no head of a table without a row", () => {
    const table = `|name|v|\n|---|---|\n|node|${words(20)}|\n`;

    const parts = splitMarkdown(`${words(11)}\n\n${table}`, 150);

    expect(parts).toEqual(numberedMarkdown([`${words(11)}\n\n`, table]));
  });

  test("begins a part with an item that is not indented", () => {
    const items = ["- a\n  - b\n  - c\n", "- d\n  - e\n  - f\n", "- g\n  - h\n  - i\n"];

    const parts = splitMarkdown(items.join(""), 40);

    expect(parts).toEqual(numberedMarkdown([`${items[0]}${items[1]}`, `${items[2]}`]));
  });

  test("repeats the items to which an indented item belongs where nothing else can begin a part", () => {
    const children = Array.from({ length: 12 }, (_one, index) => `  - child ${index}\n`);

    const parts = splitMarkdown(`- a\n${children.join("")}- b\n  - x\n`, 100);

    expect(parts).toEqual(
      numberedMarkdown([
        `- a\n${children.slice(0, 7).join("")}`,
        `- a\n${children.slice(7).join("")}- b\n  - x\n`,
      ]),
    );
  });

  test("repeats the item to which an indented quote belongs", () => {
    const lines = Array.from({ length: 12 }, (_one, index) => `  > line ${index}\n`);

    const parts = splitMarkdown(`- a\n${lines.join("")}`, 100);

    expect(parts).toEqual(
      numberedMarkdown([`- a\n${lines.slice(0, 7).join("")}`, `- a\n${lines.slice(7).join("")}`]),
    );
  });

  test("goes on with a colour that several paragraphs have", () => {
    const [red, prose] = ["<font color=red>", words(60).trimEnd()];

    const parts = splitMarkdown(`${red}${prose}\n\n${prose}</font> end`, 400);

    expect(parts).toEqual(
      numberedMarkdown([`${red}${prose}</font>\n\n`, `${red}${prose}</font> end`]),
    );
  });

  test("puts the keyword into each part that lacks it", () => {
    const message = text(`alarm: ${words(20)}alarm`);

    const parts = splitMessage(message, { maxBytes: limitFor(60), keyword: "alarm" });

    expect(textsOf(parts)).toEqual([
      `(1/3)\nalarm: ${words(9)}`,
      `(2/3) alarm\n${words(10)}`,
      `(3/3)\n${words(1)}alarm`,
    ]);
  });

  test("keeps a code block whole that fits into a part", () => {
    const block = "```ts\none\n\ntwo\n```\n";

    expect(split(`before\n${block}after`, 29)).toEqual(numbered(["before\n", `${block}after`]));
  });

  test.each([
    ["backticks", "```ts", "```"],
    ["tildes", "~~~~", "~~~~"],
    ["a quote", "> ```", "> ```"],
    ["a list", "- ```", "  ```"],
  ])("closes and opens a block in %s that is larger than a part", (_case, opening, closing) => {
    const lines = ["line 1", "line 2", "line 3"].map((line) => `${line}${"x".repeat(20)}\n`);

    const parts = split(`${opening}\n${lines.join("")}${closing}\n`, 75);

    expect(parts).toEqual(
      numbered([
        `${opening}\n${lines[0]}${lines[1]}${closing}`,
        `${opening}\n${lines[2]}${closing}\n`,
      ]),
    );
  });

  test.each([
    ["first", `\`\`\`${"i".repeat(200)}\nline\n\`\`\`\n`],
    ["last", `\`\`\`\nline\n\`\`\`${" ".repeat(200)}\n`],
  ])("cuts a block even where its %s line is larger than a part", (_case, content) => {
    const pieces = cutIntoPieces(text(content), { maxBytes: limitFor(60) });

    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.map((piece) => piece.text).join("")).toBe(content);
  });

  test("repeats the title with the number and puts the number above the text", () => {
    const head = `# ${"Head ".repeat(5)}\n\n`;

    const [first] = splitMessage(markdown(`${head}${"long ".repeat(6)}`), { maxBytes: 118 });

    expect(first?.body).toEqual({
      msgtype: "markdown",
      markdown: { title: "Log (1/2)", text: `(1/2)\n\n${head}` },
    });
  });

  test("pings each person once, where they are named", () => {
    const at = { atMobiles: ["138", "139", "137"], atUserIds: ["ann"], isAtAll: true, more: 1 };
    const content = `@138 ${"x".repeat(100)}\n\n@ann and @138 and @139 ${"x".repeat(100)}`;

    const parts = splitMessage(text(content, { at }), { maxBytes: 280 });

    expect(parts.map(({ body }) => body.at)).toEqual([
      { atMobiles: ["138", "137"], atUserIds: [], isAtAll: true, more: 1 },
      { atMobiles: ["139"], atUserIds: ["ann"] },
    ]);
  });

  test("leaves the msgUuid of each part to delivery", () => {
    const parts = splitMessage(text("x".repeat(150), { msgUuid: "key" }), { maxBytes: 190 });

    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(({ body }) => Object.keys(body))).toEqual(
      parts.map(() => ["msgtype", "text"]),
    );
  });

  test("counts with as many digits as it needs", () => {
    const parts = splitMessage(text("word\n".repeat(100)), { maxBytes: limitFor(10) });

    expect(textsOf(parts).at(0)).toBe("(1/100)\nword\n");
    expect(parts).toHaveLength(100);
  });

  test.each([
    ["the title", markdown("x".repeat(100), { markdown: { title: "t".repeat(300), text: "x" } })],
    ["another field", text("x".repeat(100), { more: "m".repeat(300) })],
    ["the people", text("x".repeat(100), { at: { atMobiles: Array(100).fill("138") } })],
    ["one character", text(`a${"\u0301".repeat(300)}`)],
  ])("refuses a message in which %s fills a part", (_case, whole) => {
    expect(() => splitMessage(whole, { maxBytes: 200 })).toThrow(InvalidMessageError);
  });

  const anyWord = fc.constantFrom(
    "a",
    "disk ",
    "磁盘",
    "🚨",
    "👨‍👩‍👧",
    "e\u0301",
    '"',
    "\\",
    "\u0001",
    "\ud800",
    "\t",
  );
  const link = fc.constantFrom("[a](b)", "![i](https://e/x_(1).png)", "[![a](b)](c)", "https://e/");
  const mark = fc.constantFrom(
    "@138",
    "@1380",
    "@ann",
    "[",
    "](",
    "```",
    "`",
    "- ",
    "> ",
    "**",
    "  - ",
    "|",
  );
  const lineEnd = fc.constantFrom("\n", "\n\n", "\r\n", "\n \n");
  const fence = fc
    .tuple(
      fc.constantFrom("```\n", "```ts\n", "> ~~~\n"),
      fc.array(fc.oneof(anyWord, lineEnd), { maxLength: 60, size: "max" }),
    )
    .map(([opening, inner]) => `\n${opening}${inner.join("")}\n${opening.replace("ts", "")}`);
  const anyText = fc
    .array(fc.oneof({ arbitrary: anyWord, weight: 6 }, link, mark, lineEnd, fence), {
      minLength: 20,
      size: "large",
    })
    .map((pieces) => pieces.join(""));
  const anyMessage = fc
    .tuple(anyText, fc.constantFrom(text, markdown), fc.boolean())
    .map(([content, create, isAtAll]) =>
      create(content, { at: { atMobiles: ["138", "1380"], atUserIds: ["ann"], isAtAll } }),
    );
  const anyLimit = fc.integer({ min: 270, max: 1500 });

  test("loses nothing and exceeds nothing, whatever the text", () => {
    fc.assert(
      fc.property(anyMessage, anyLimit, (whole, maxBytes) => {
        const parts = splitMessage(whole, { maxBytes });
        const pieces = cutIntoPieces(whole, { maxBytes });

        const head = (index: number) => `(${index + 1}/${pieces.length})`;
        const gap = whole.body.msgtype === "text" ? "\n" : "\n\n";
        const expected = pieces.map((piece, index) => head(index) + gap + piece.shown);
        expect(pieces.map((piece) => piece.text).join("") || readText(whole)).toBe(readText(whole));
        expect(textsOf(parts)).toEqual(pieces.length === 0 ? textsOf([whole]) : expected);
        expect(parts.filter((part) => Buffer.byteLength(part.json) > maxBytes)).toEqual([]);
        expect(parts.map(({ json }) => json)).toEqual(
          parts.map(({ body }) => JSON.stringify(body)),
        );
      }),
      { numRuns: 25 },
    );
  });

  test("pings everybody exactly once, whatever the text", () => {
    fc.assert(
      fc.property(anyMessage, anyLimit, (whole, maxBytes) => {
        const pings = splitMessage(whole, { maxBytes }).map(readMentions);

        expect(pings.flatMap(({ atMobiles }) => atMobiles).sort()).toEqual(["138", "1380"]);
        expect(pings.flatMap(({ atUserIds }) => atUserIds)).toEqual(["ann"]);
        expect(pings.slice(1).filter(({ isAtAll }) => isAtAll)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test("keeps every character and every link whole, whatever the text", () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
    const count = (content: string) => [...segmenter.segment(content)].length;
    const links = (content: string) => content.match(/\[a\]\(b\)/g)?.length ?? 0;
    const proseOf = fc
      .array(fc.oneof(anyWord, lineEnd, fc.constant("[a](b)")), {
        minLength: 100,
        maxLength: 400,
        size: "max",
      })
      .map((pieces) => pieces.join(""));

    fc.assert(
      fc.property(proseOf, anyLimit, (content, maxBytes) => {
        const pieces = cutIntoPieces(text(content), { maxBytes }).map((piece) => piece.text);

        const whole = pieces.join("");
        expect(pieces.reduce((sum, piece) => sum + count(piece), 0)).toBe(count(whole));
        expect(pieces.reduce((sum, piece) => sum + links(piece), 0)).toBe(links(whole));
      }),
      { numRuns: 100 },
    );
  });

  test("leaves each code block closed in every part", () => {
    const blocks = fc
      .array(fc.oneof(fc.constant("words\n"), fence), { minLength: 10, maxLength: 30, size: "max" })
      .map((pieces) => pieces.join(""));

    fc.assert(
      fc.property(blocks, anyLimit, (content, maxBytes) => {
        const parts = textsOf(splitMessage(text(content), { maxBytes }));

        const marks = parts.map((part) => part?.match(/^(> )?(```|~~~)/gm)?.length ?? 0);
        expect(marks.filter((amount) => amount % 2 === 1)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
