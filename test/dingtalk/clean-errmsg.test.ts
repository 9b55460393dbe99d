import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanErrmsg } from "../../src/dingtalk/clean-errmsg.ts";

const token = "0f6f3c1e9b7a4d2285c6e1f09a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b";
const sign = "8SZas7RY4E7wuOlgLfjL/HSKZpyUEdXd+vFYSDZiiFw=";
const secret = "SECa19c3f5b7d9e1f20a2b4c6d8e0f1a3c5e7f9b1d3f5a7c9e1b3d5f7a9c1e3b5d7";
const url = new URL(
  `https://user:geheim-passwort@robot.test/robot/send?access_token=${token}&timestamp=1700000000000&sign=${encodeURIComponent(sign)}`,
);
const body = Buffer.from(
  JSON.stringify({ msgtype: "text", text: { content: "磁盘已满 node-17" } }),
);

const clean = (errmsg: string): string => cleanErrmsg(errmsg, { url, secret, body });

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Each changes a secret without hiding it from a reader. */
const spellings: Readonly<Record<string, (value: string) => string>> = {
  "as it is": (value) => value,
  "in upper case": (value) => value.toUpperCase(),
  "in lower case": (value) => value.toLowerCase(),
  "percent-encoded": encodeURIComponent,
  "percent-encoded twice": (value) => encodeURIComponent(encodeURIComponent(value)),
  "percent-encoded in lower case": (value) =>
    encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase()),
  "percent-encoded in each letter": (value) =>
    `%${(Buffer.from(value).toString("hex").match(/../g) ?? []).join("%")}`,
  "with JSON's escapes": (value) => value.replace(/[^A-Za-z0-9]/g, (c) => `\\u00${hexOf(c)}`),
  "with HTML's entities": (value) => value.replace(/[^A-Za-z0-9]/g, (c) => `&#x${hexOf(c)};`),
  "in base64": base64,
  "in base64url": (value) => Buffer.from(value).toString("base64url"),
  "in base64 behind one character": (value) => base64(`:${value}`),
  "in base64 amid a text": (value) => base64(`u:${value} and more`),
  "in hexadecimal": (value) => Buffer.from(value).toString("hex"),
  "without its first letters": (value) => value.slice(3),
  "with blanks inside": (value) => (value.match(/.{1,4}/g) ?? []).join(" "),
  "with characters inside that nobody sees": (value) => [...value].join("\u200b"),
  "with control characters inside": (value) => [...value].join("\u0001"),
};

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, "0");
}

/** Whether a text shows a run of eight characters of a value. */
function showsPartOf(value: string, shown: string): boolean {
  return Array.from({ length: value.length - 7 }, (_, start) => value.slice(start, start + 8)).some(
    (part) => shown.includes(part),
  );
}

describe("cleanErrmsg", () => {
  test.each([
    ["a short text", "description:机器人已停用;solution:请联系群管理员", undefined],
    ["line breaks", "one\r\ntwo\u0000three", "one two three"],
    ["line and paragraph separators", "one\u2028two\u2029three", "one two three"],
    ["a turned direction of writing", "safe \u202eexe.txt\u202c end", "safe exe.txt end"],
    ["isolates and marks", "\u2066a\u2069\u200e\u200f\u061cb", "ab"],
    ["characters of no width", "a\u200bb\u200d\u2060\ufeff\u00adc", "abc"],
    ["fillers, tags and variation selectors", "a\u3164\u{e0041}\ufe0f\u034fb", "ab"],
    ["half a character", "a\ud83db", "ab"],
    ["an address", "see https://open.test/document?a=b for more", "see … for more"],
    ["a long text", "e".repeat(500), "e".repeat(200)],
    ["characters of two units", "🚨".repeat(300), "🚨".repeat(200)],
  ])("makes %s fit for a log", (_case, errmsg, expected = errmsg) => {
    expect(clean(errmsg)).toBe(expected);
  });

  test.each(
    Object.keys(spellings).flatMap((spelling) =>
      Object.entries({ token, sign, secret }).map(([name, value]) => ({ spelling, name, value })),
    ),
  )("is empty for the $name $spelling", ({ spelling, value }) => {
    const written = spellings[spelling]?.(value) ?? value;

    expect(clean(`refused: ${written}, try again`)).toBe("");
  });

  test.each([
    ["the password", "for geheim-passwort"],
    ["part of the password", "for heim-pass"],
    ["the user", "user is unknown"],
    ["the header for both", `Basic ${base64("user:geheim-passwort")}`],
    ["a piece of the message", "refused 盘已满 node"],
    ["an escaped piece of the message", "refused \\u76d8\\u5df2\\u6ee1 node"],
  ])("is empty for %s", (_case, errmsg) => {
    expect(clean(errmsg)).toBe("");
  });

  test("is empty for a secret of a few characters and for a secret in the path", () => {
    const gateway = new URL("https://h.test/hooks/ab12cd34ef56ab78?key=k%2B1");

    const cleaned = ["key k+1 is void", "key k%2B1 is void", "no hook AB12CD34EF56"].map((errmsg) =>
      cleanErrmsg(errmsg, { url: gateway, secret: undefined, body }),
    );

    expect(cleaned).toEqual(["", "", ""]);
  });

  test("shows no eight characters of a secret, wherever and however it stands", () => {
    const filler = fc.string({ unit: fc.constantFrom("e", " ", "。", "🚨", "\u202e", "=") });
    const place = fc.oneof(
      filler,
      fc.integer({ min: 100, max: 210 }).map((length) => "e".repeat(length)),
      fc.integer({ min: 3900, max: 4100 }).map((length) => "\u200b".repeat(length)),
      fc.integer({ min: 3900, max: 4100 }).map((length) => "e".repeat(length)),
    );
    const part = fc
      .tuple(fc.constantFrom(token, sign, secret), fc.nat(50), fc.integer({ min: 14, max: 70 }))
      .map(([value, from, length]) => value.slice(Math.min(from, 30)).slice(0, length));
    const spelling = fc.constantFrom(...Object.values(spellings));

    fc.assert(
      fc.property(place, part, spelling, filler, (before, value, spell, after) => {
        const written = spell(value);

        const shown = clean(before + written + after);

        const leaks = [value, written, written.replaceAll("\u200b", "")].filter((text) =>
          showsPartOf(text, shown),
        );
        expect(leaks).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
