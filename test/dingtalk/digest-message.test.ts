import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  composeDigest,
  type Digest,
  type DigestEntry,
  isDigestible,
} from "../../src/dingtalk/digest-message.ts";
import { findMention, readMentions } from "../../src/dingtalk/mentions.ts";
import {
  createMessage,
  type RobotMessage,
  readText,
  readTitle,
} from "../../src/dingtalk/message.ts";

const text = (content: string, more = {}): RobotMessage =>
  createMessage({ msgtype: "text", text: { content }, ...more });

const markdown = (title: string, content: string, more = {}): RobotMessage =>
  createMessage({ msgtype: "markdown", markdown: { title, text: content }, ...more });

const entries = (...messages: RobotMessage[]): DigestEntry[] =>
  messages.map((one, index) => ({ message: one, receivedAt: index * 1000 }));

const utc = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

const compose = (...messages: RobotMessage[]): Digest =>
  composeDigest(entries(...messages), 20_000, utc);

/** As delivery does it: one digest after the other until nothing is left. */
const composeAll = (all: readonly DigestEntry[], maxBytes: number): Digest[] => {
  const digests: Digest[] = [];
  for (let done = 0; done < all.length; done += digests.at(-1)?.count ?? 0) {
    digests.push(composeDigest(all.slice(done), maxBytes, utc));
  }
  return digests;
};

describe("composeDigest", () => {
  test("shows each message under its time", () => {
    const { message: digest, count } = compose(
      text("disk full\non node 1"),
      markdown("Deploy", "# Done\n\n- **a**"),
      text("ok"),
    );

    expect(count).toBe(3);
    expect(digest.body).toEqual({
      msgtype: "markdown",
      markdown: {
        title: "3 messages: disk full",
        text: [
          "**00:00:00**  \ndisk full  \non node 1",
          "**00:00:01** Deploy\n\n# Done\n\n- **a**",
          "**00:00:02**  \nok",
        ].join("\n\n"),
      },
    });
    expect(JSON.parse(digest.json)).toEqual(digest.body);
  });

  test("tells the time of the process's own zone unless told otherwise", () => {
    const receivedAt = new Date(2026, 1, 3, 4, 5, 6).getTime();

    const { message: digest } = composeDigest([{ message: text("hi"), receivedAt }], 20_000);

    expect(readText(digest)).toBe("**04:05:06**  \nhi");
  });

  test.each([
    ["a text", text("\n disk full \nmore"), "1 message: disk full"],
    ["markdown", markdown("Deploy", "# Done"), "1 message: Deploy"],
    ["a long line", text("x".repeat(100)), `1 message: ${"x".repeat(59)}…`],
  ])("takes its title from %s", (_case, only, title) => {
    expect(readTitle(compose(only).message)).toBe(title);
  });

  test.each([
    ["# no heading", "\\# no heading"],
    ["> no quote", "\\> no quote"],
    ["- no item", "\\- no item"],
    ["* no item", "\\* no item"],
    ["12. no item", "12\\. no item"],
    ["---", "\\---"],
    ["**not bold** 2 * 3", "\\*\\*not bold\\*\\* 2 * 3"],
    ["_not italic_ snake_case", "\\_not italic\\_ snake_case"],
    ["`no code`", "\\`no code\\`"],
    ["[no link](https://e/)", "[no link\\](https://e/)"],
    ["[main]: no definition", "[main\\]: no definition"],
    ["<b> &lt; a < b & c", "\\<b> \\&lt; a \\< b & c"],
    ["C:\\temp \\*", "C:\\temp \\\\\\*"],
    ["  at line 3", "&nbsp;&nbsp;at line 3"],
    ["[ERROR] -5 degrees, 99.5% #1", "[ERROR] -5 degrees, 99.5% #1"],
    ["https://e/a_b_/?x=*y @_ann_ @a.b", "https://e/a_b_/?x=\\*y @_ann_ @a.b"],
    ["a\r\n\r\nb", "a  \n  \nb"],
  ])("shows %s of a text as written", (content, shown) => {
    expect(readText(compose(text(content)).message)).toBe(`**00:00:00**  \n${shown}`);
  });

  test("closes a code block that markdown leaves open", () => {
    const { message: digest } = compose(markdown("t", "```js\nlet a"), text("next"));

    expect(readText(digest)).toBe("**00:00:00** t\n\n```js\nlet a\n```\n\n**00:00:01**  \nnext");
  });

  test("pings everybody whom its messages ping", () => {
    const { message: digest } = compose(
      text("@1", { at: { atMobiles: ["1"], atOpenIds: ["x"] } }),
      text("@2 @1", { at: { atMobiles: ["2", "1"], isAtAll: false } }),
      markdown("t", "@ann", { at: { atUserIds: ["ann"], isAtAll: true } }),
      text("no at", { at: "wrong" }),
    );

    expect(digest.body.at).toEqual({
      atMobiles: ["1", "2"],
      atUserIds: ["ann"],
      isAtAll: true,
      atOpenIds: ["x"],
    });
  });

  test("pings no more people than DingTalk does", () => {
    const people = Array.from({ length: 60 }, (_one, index) => `${index}`);
    const all = people.map((id) => text(`@${id}`, { at: { atMobiles: [id] } }));

    expect(compose(...all).count).toBe(50);
  });

  test("carries a message that pings too many people by itself", () => {
    const atMobiles = Array.from({ length: 60 }, (_one, index) => `${index}`);

    const { message: digest, count } = compose(text("a", { at: { atMobiles } }), text("b"));

    expect(count).toBe(1);
    expect(readMentions(digest).atMobiles).toEqual(atMobiles);
  });

  test("sends a message as it is that leaves no room around it", () => {
    const large = text("x".repeat(150));

    const digest = composeDigest(entries(large, text("b")), 200, utc);

    expect(digest).toEqual({ message: large, count: 1 });
  });

  test("ends before a message that it cannot carry", () => {
    const link = createMessage({
      msgtype: "link",
      link: { title: "t", text: "x", messageUrl: "u" },
    });

    expect(compose(text("a"), link, text("b")).count).toBe(1);
    expect(compose(link, text("b"))).toEqual({ message: link, count: 1 });
  });

  test("refuses to be made of nothing", () => {
    expect(() => compose()).toThrow(RangeError);
  });

  test("carries every message in exactly one digest, whatever they are", () => {
    const maxBytes = 600;
    const content = fc.string({ unit: "grapheme", maxLength: 60 });
    const anyKind = fc.record({ content, isMarkdown: fc.boolean(), isAtAll: fc.boolean() });
    const anyEntries = fc.array(anyKind, { maxLength: 40 }).map((kinds) =>
      kinds.map(({ content: words, isMarkdown, isAtAll }, index) => {
        const named = `message-${index}. @user-${index} ${words}`;
        const more = { at: { atUserIds: [`user-${index}`], isAtAll } };
        return isMarkdown ? markdown("t", named, more) : text(named, more);
      }),
    );

    fc.assert(
      fc.property(anyEntries, (messages) => {
        const digests = composeAll(entries(...messages), maxBytes).map((one) => one.message);

        const shown = digests.map((digest) => readText(digest) ?? "");
        const names = shown.flatMap((one) => one.match(/message-\d+(?=\. @)/g) ?? []);
        expect(names).toEqual(messages.map((_one, index) => `message-${index}`));
        const pinged = digests.map((digest) => readMentions(digest).atUserIds);
        expect(pinged.flat()).toEqual(messages.map((_one, index) => `user-${index}`));
        expect(
          pinged.flatMap((ids, at) => ids.filter((id) => findMention(shown[at] ?? "", id) === -1)),
        ).toEqual([]);
        expect(digests.filter(({ json }) => Buffer.byteLength(json) > maxBytes)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("isDigestible", () => {
  test.each([
    [true, "text", { text: { content: "a" } }],
    [true, "markdown", { markdown: { title: "t", text: "a" } }],
    [false, "link", { link: { title: "t", text: "a", messageUrl: "u" } }],
    [false, "actionCard", { actionCard: { text: "a" } }],
    [false, "feedCard", { feedCard: { links: [] } }],
    [false, "somethingNew", { somethingNew: { text: "a" } }],
  ])("says %s of a %s", (expected, msgtype, content) => {
    expect(isDigestible(createMessage({ msgtype, ...content }))).toBe(expected);
  });
});
