import { describe, expect, test } from "vitest";
import { lintMarkdown } from "../../sandbox/robot/markdown-lint.ts";
import { cleanErrmsg } from "../../src/dingtalk/clean-errmsg.ts";
import { composeDigest } from "../../src/dingtalk/digest-message.ts";
import { explainErrcode } from "../../src/dingtalk/errcodes.ts";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import { createMessage, type RobotMessage } from "../../src/dingtalk/message.ts";
import { partsOf } from "../../src/dingtalk/outgoing.ts";
import { finish } from "../../src/dingtalk/steps.ts";
import { growth } from "./support/growth.ts";

/** Between linear (4) and quadratic (16), with room for the noise of a busy machine. */
const mostGrowth = 12;

/** Texts of about so many characters, each of which holds up a search that begins again and again. */
const texts: Readonly<Record<string, (size: number) => string>> = {
  "one word": (size) => "x".repeat(size),
  "words with marks": (size) => "*a **b __c ~~d `e ".repeat(size / 18),
  "escaped brackets": (size) => "\\[".repeat(size / 2),
  "unclosed brackets": (size) => "[".repeat(size),
  "unclosed images": (size) => "![".repeat(size / 2),
  "nested links": (size) => "[".repeat(size / 5) + "](a)".repeat(size / 5),
  "unclosed addresses": (size) => "[a](".repeat(size / 4),
  "unclosed parentheses": (size) => "[a](b(c)".repeat(size / 8),
  "bare addresses": (size) => "http://".repeat(size / 7),
  "a scheme without end": (size) => "a+".repeat(size / 2),
  "backticks of any number": (size) => "`a ``b ```c ".repeat(size / 12),
  "open tags": (size) => "<font color=red>".repeat(size / 16),
  "unfinished tags": (size) => "<a ".repeat(size / 3),
  "unclosed code": (size) => `\`\`\`${"a".repeat(size / 2)}\n${"b\n".repeat(size / 4)}`,
  "many blocks of code": (size) => "```\na\n```\n".repeat(size / 10),
  "a long table": (size) => `|a|b|\n|---|---|\n${"|1|2|\n".repeat(size / 6)}`,
  "rules of tables": (size) => "|-|-|-\n".repeat(size / 7),
  "nested items": (size) => "- a\n  - b\n    - c\n".repeat(size / 18),
  quotes: (size) => "> > a b\n".repeat(size / 8),
  mentions: (size) => "@1 @+@".repeat(size / 6),
  blanks: (size) => " ".repeat(size),
  "empty lines": (size) => "\n".repeat(size),
  "combining marks": (size) => `e${"\u0301".repeat(size)}`,
  "half characters": (size) => "\ud83d".repeat(size / 2),
  "invisible characters": (size) => "\u200b\u202e".repeat(size / 2),
};

const kinds = Object.keys(texts);

const textOf = (kind: string, size: number): string => texts[kind]?.(size) ?? "";

const markdown = (text: string, more = {}): RobotMessage =>
  createMessage({ msgtype: "markdown", markdown: { title: "T", text }, ...more });

/** Splits, or refuses what cannot be split: both take their time. */
function split(message: RobotMessage): unknown {
  try {
    return finish(partsOf(message, { oversize: "split", messagesPerMinute: 0, keyword: "k" }));
  } catch (error) {
    if (error instanceof InvalidMessageError) return error;
    throw error;
  }
}

describe("the work for a text from outside", () => {
  test.each(kinds)("grows with the size of a message of %s that is split", (kind) => {
    const grown = growth((size) => markdown(textOf(kind, size)), split);

    expect(grown(25_000)).toBeLessThan(mostGrowth);
  });

  test("grows with the number of people in a message that is split", () => {
    const create = (count: number): RobotMessage => {
      const atMobiles = Array.from({ length: count }, (_one, index) => `${13800000000 + index}`);
      const text = atMobiles.map((id) => `@${id} word\n`).join("");
      return markdown(text, { at: { atMobiles, atUserIds: atMobiles } });
    };

    expect(growth(create, split)(1000)).toBeLessThan(mostGrowth);
  });

  test.each(kinds)("grows with the size of an errmsg of %s", (kind) => {
    const url = new URL(`https://h.test/robot/send?access_token=${"0f".repeat(32)}`);
    const body = Buffer.from(JSON.stringify({ text: { content: "word ".repeat(3900) } }));
    const clean = (errmsg: string): unknown => [
      explainErrcode(310000, errmsg),
      cleanErrmsg(errmsg, { url, secret: "SEC0123456789", body }),
    ];

    expect(growth((size) => textOf(kind, size), clean)(60_000)).toBeLessThan(mostGrowth);
  });

  test.each(kinds)("grows with the size of digested messages of %s", (kind) => {
    const create = (size: number): RobotMessage[] => [
      markdown(textOf(kind, size)),
      createMessage({ msgtype: "text", text: { content: textOf(kind, size) } }),
    ];
    const digest = (messages: RobotMessage[]): unknown =>
      messages.map((message) => composeDigest([{ message, receivedAt: 0 }], { maxBytes: 20_000 }));

    expect(growth(create, digest)(5000)).toBeLessThan(mostGrowth);
  });

  test.each(kinds)("grows with the size of markdown of %s in the sandbox", (kind) => {
    const grown = growth((size) => textOf(kind, size), lintMarkdown);

    expect(grown(25_000)).toBeLessThan(mostGrowth);
  });
});
