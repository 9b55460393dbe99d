import { describe, expect, test } from "vitest";
import { sign, signUrl } from "../../src/dingtalk/signature.ts";

describe("sign", () => {
  test.each([
    [1577262236757, "this is a secret", "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="],
    [1577262236757, "this is secret", "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="],
    [
      1700000000000,
      "SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd",
      "8SZas7RY4E7wuOlgLfjLwHSKZpyUEdXdLvFYSDZiiFw=",
    ],
  ])("signs %i with '%s' as DingTalk's samples do", (timestampMs, secret, signature) => {
    expect(sign(timestampMs, secret)).toBe(signature);
  });
});

describe("signUrl", () => {
  const signature =
    "timestamp=1577262236757&sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D";

  test.each([
    ["a plain address", "http://r/robot/send?access_token=t", `?access_token=t&${signature}`],
    ["one without a query", "http://r/robot/send", `?${signature}`],
    ["one with an empty query", "http://r/robot/send?", `?${signature}`],
    [
      "one with a fragment",
      "http://r/robot/send?access_token=t#top",
      `?access_token=t&${signature}`,
    ],
    [
      "one with an old signature",
      "http://r/robot/send?timestamp=1&access_token=t&sign=old%3D",
      `?access_token=t&${signature}`,
    ],
    [
      "one with other escapes",
      "http://r/robot/send?access_token=a%2Bb+c&x=%20",
      `?access_token=a%2Bb+c&x=%20&${signature}`,
    ],
    ["one with a look-alike parameter", "http://r/?signal=1", `?signal=1&${signature}`],
  ])("signs %s", (_case, url, search) => {
    const signed = signUrl(new URL(url), "this is secret", 1577262236757);

    expect(signed.search).toBe(search);
    expect(signed.hash).toBe("");
  });

  test("leaves the URL that it was given alone", () => {
    const url = new URL("http://r/robot/send?access_token=t");

    signUrl(url, "this is secret", 1577262236757);

    expect(url.href).toBe("http://r/robot/send?access_token=t");
  });
});
