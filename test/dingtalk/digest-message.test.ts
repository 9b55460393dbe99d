import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  composeDigest,
  type Digest,
  type DigestEntry,
  digestShare,
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

const style = { timeZone: "UTC" };

const compose = (...messages: RobotMessage[]): Digest =>
  composeDigest(entries(...messages), { ...style, maxBytes: 20_000 });

/** As delivery does it: one digest after the other until nothing is left. */
const composeAll = (all: readonly DigestEntry[], maxBytes: number): Digest[] => {
  const digests: Digest[] = [];
  for (let done = 0; done < all.length; done += digests.at(-1)?.count ?? 0) {
    digests.push(composeDigest(all.slice(done), { ...style, maxBytes }));
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

  test.each([
    [undefined, "08:30:00"],
    ["UTC", "00:30:00"],
    ["America/New_York", "19:30:00"],
  ])("tells the time of the zone %s", (timeZone, time) => {
    const receivedAt = Date.UTC(2026, 0, 1, 0, 30);

    const { message: digest } = composeDigest([{ message: text("hi"), receivedAt }], {
      ...{ maxBytes: 20_000, timeZone },
    });

    expect(readText(digest)).toBe(`**${time}**  \nhi`);
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
    ["<b> &lt; a < b & c", "&lt;b> &amp;lt; a &lt; b &amp; c"],
    ["<a&b>https://e/?a=1&b=2<", "&lt;a&amp;b>https://e/?a=1&b=2&lt;"],
    [
      "https://kibana/app/discover#/?_g=(time:(from:now-1h))&_a=(columns:!(_source),index:'a*') *x*",
      "https://kibana/app/discover#/?_g=(time:(from:now-1h))&_a=(columns:!(_source),index:'a*') \\*x\\*",
    ],
    ["http://[::1]:80/a_(b)_~~c~~[d](e)", "http://[::1]:80/a_(b)_~~c~~[d](e)"],
    ["看https://e/a_b，*好*", "看https://e/a_b，\\*好\\*"],
    ["C:\\temp \\*", "C:\\temp \\\\\\*"],
    ["  at line 3", "&nbsp;&nbsp;at line 3"],
    ["[ERROR] -5 degrees, 99.5% #1", "[ERROR] -5 degrees, 99.5% #1"],
    ["https://e/a_b_/?x=*y @_ann_ @a.b", "https://e/a_b_/?x=*y @_ann_ @a.b"],
    ["a\r\n\r\nb", "a  \n  \nb"],
    ["NAME   READY\tAGE", "NAME&nbsp;&nbsp; READY AGE"],
    ["a  b \t c ", "a&nbsp; b&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; c "],
    ["a <!-- b", "a &lt;!-- b"],
    ["HTTPS://k/?_g=(a:!(_b))&c=*d*", "HTTPS://k/?_g=(a:!(_b))&c=*d*"],
    ["dingtalk://page/link?url=_a_&b=_c_", "dingtalk://page/link?url=_a_&b=_c_"],
    ["www.e.cn/_a_?b=_c_ _d_", "www.e.cn/_a_?b=_c_ \\_d\\_"],
    ["http://e/?q={_a|_b_}^_c_", "http://e/?q={_a|_b_}^_c_"],
    ["a|b\n-|:-\n1|2", "a|b  \n\\-|:-  \n1|2"],
    ["| a |\n|---|\n| 1 |", "| a |  \n\\|---|  \n| 1 |"],
    ["+\n1)", "\\+  \n1\\)"],
    ["a\rb", "a  \nb"],
  ])("shows %s of a text as written", (content, shown) => {
    expect(readText(compose(text(content)).message)).toBe(`**00:00:00**  \n${shown}`);
  });

  test.each([
    ['[the log][1]\n\n[1]: https://a/ "Log"\n', "[the log](https://a/)\n\n"],
    ["[Log][] and [log]\n\n[log]: <https://a/>", "[Log](https://a/) and [log](https://a/)\n\n"],
    ["![i][p]\n\n[p]: https://a/i.png", "![i](https://a/i.png)\n\n"],
    ["[a][none] [b](c)\n\n[1]: https://a/", "[a][none] [b](c)\n\n"],
    ["```\n[a][1]\n```\n[a][1]\n[1]: u", "```\n[a][1]\n```\n[a](u)\n"],
    ["[1]: https://a/\n[1]: https://b/\n[x][1]", "[x](https://a/)"],
    ["no [link] here", "no [link] here"],
  ])("gives the links of %j their addresses", (content, inlined) => {
    const { message: digest } = compose(markdown("t", content), text("next"));

    expect(readText(digest)).toBe(`**00:00:00** t\n\n${inlined}\n\n**00:00:01**  \nnext`);
  });

  test("closes a code block that markdown leaves open", () => {
    const { message: digest } = compose(markdown("t", "```js\nlet a"), text("next"));

    expect(readText(digest)).toBe("**00:00:00** t\n\n```js\nlet a\n```\n\n**00:00:01**  \nnext");
  });

  test.each([
    ["a coloured text", "<font color=red>down", "<font color=red>down</font>"],
    ["nested tags", "<div><b>a<br>b</b> <i>c", "<div><b>a<br>b</b> <i>c</i></div>"],
    ["a tag and a block of code", "<b>a\n\n```\n<i>", "<b>a\n\n```\n<i>\n```\n\n</b>"],
    ["tags inside code", "```\n<b>\n```", "```\n<b>\n```"],
    ["a comment", "a <!-- b", "a <!-- b -->"],
    ["a comment behind a closed one", "<!-- a --> b <!-- c", "<!-- a --> b <!-- c -->"],
    ["a comment in code", "```\n<!--\n```", "```\n<!--\n```"],
    ["a closed comment", "a <!-- b --> c", "a <!-- b --> c"],
    ["closed tags", "<font color=red>a</font>", "<font color=red>a</font>"],
  ])("closes %s that markdown leaves open", (_case, content, closed) => {
    const { message: digest } = compose(markdown("t", content), text("next"));

    expect(readText(digest)).toBe(`**00:00:00** t\n\n${closed}\n\n**00:00:01**  \nnext`);
  });

  test("holds the keyword in title and text, also where no entry has it in its own", () => {
    const long = `${"x".repeat(70)} a_b`;

    const { message: digest } = composeDigest(entries(text(long), text("*a_b*")), {
      ...{ ...style, maxBytes: 20_000, keyword: "*a_b*" },
    });

    expect(readTitle(digest)).toBe(`*a_b* 2 messages: ${"x".repeat(59)}…`);
    expect(readText(digest)?.startsWith("*a_b*\n\n**00:00:00**")).toBe(true);
  });

  test.each([
    ["ids of DingTalk's own", { atDingtalkIds: ["$:1"] }, { atDingtalkIds: ["$:1"] }],
    ["the word true", { isAtAll: "true" }, { isAtAll: true }],
    ["a number", { atMobiles: [138] }, { atMobiles: ["138"] }],
  ])("keeps %s of a later message", (_case, at, expected) => {
    const { message: digest } = compose(text("a"), text("b", { at }));

    expect(digest.body.at).toEqual(expected);
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

    const digest = composeDigest(entries(large, text("b")), { ...style, maxBytes: 200 });

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

describe("the share of a digest", () => {
  const options = { ...style, maxBytes: 20_000, keyword: "告警" };
  const anyPart = fc.constantFrom("word ", "磁盘", '"', "\\", "\n", "<", "*", "  ", "🚨", "\u0001");
  const anyContent = fc
    .array(anyPart, { maxLength: 200 })
    .map((parts) => parts.join("").repeat(20) || "x");
  const anyPeople = fc.array(fc.integer({ min: 100, max: 999 }).map(String), { maxLength: 30 });
  const anyEntry = fc
    .tuple(
      anyContent,
      anyPeople,
      fc.constantFrom(text, (one: string, more = {}) => markdown("t", one, more)),
    )
    .map(([content, atMobiles, create]) => create(content, { at: { atMobiles } }));

  test("is never less than what the message takes", () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 40 }), (messages) => {
        let left = 1;
        const fitting = messages.filter((message, index) => {
          left -= digestShare(message, options);
          return left >= 0 || index === 0;
        });

        expect(composeDigest(entries(...fitting), options).count).toBe(fitting.length);
      }),
      { numRuns: 50 },
    );
  });

  test("is whole for a message that no digest can carry with another one", () => {
    expect(digestShare(text("x".repeat(19_500)), options)).toBe(1);
  });
});
