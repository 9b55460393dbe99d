import { describe, expect, test } from "vitest";
import { checkSignature, isTokenRight, signCallback } from "../../src/dingtalk/callback.ts";

const hourMs = 3_600_000;
const secret = "sandbox-client-secret";
const now = 1_767_225_600_000;
const rules = { secret, now, maxAgeMs: hourMs };
const right = "bDVbGnMLqQn6JbnkM8ek8LIh1iBkWiCjgKKEfpKYLMo=";

const signedAt = (timestamp: string) => ({ timestamp, sign: signCallback(timestamp, secret) });

describe("the signature of a callback", () => {
  test.each([
    ["1767225600000", "sandbox-client-secret", right],
    ["1577262236757", "this is a secret", "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="],
  ])("of %s with '%s' is that of DingTalk", (timestamp, key, signature) => {
    expect(signCallback(timestamp, key)).toBe(signature);
  });

  test("is taken when it is right", () => {
    expect(checkSignature({ timestamp: String(now), sign: right }, rules)).toEqual({
      verdict: "ok",
    });
  });

  test.each([
    ["0001", "the text of the header is signed, not its number"],
    [String(now - hourMs), "an hour before our clock is the limit"],
    [String(now + hourMs), "an hour after our clock is the limit"],
  ])("is taken for %s: %s", (timestamp) => {
    const at = timestamp === "0001" ? 1 : now;

    expect(checkSignature(signedAt(timestamp), { ...rules, now: at })).toEqual({ verdict: "ok" });
  });

  test.each([
    ["no timestamp", { timestamp: undefined, sign: right }],
    ["no signature", { timestamp: String(now), sign: undefined }],
    ["an empty timestamp", { timestamp: "", sign: right }],
    ["an empty signature", { timestamp: String(now), sign: "" }],
  ])("is missing with %s", (_case, headers) => {
    expect(checkSignature(headers, rules)).toEqual({ verdict: "no-sign" });
  });

  test.each(["1e12", "-1", "+1", " 1", "1 ", "0x1", "1.5", "١", "12345678901234567", "now"])(
    "has a malformed time: '%s'",
    (timestamp) => {
      expect(checkSignature(signedAt(timestamp), rules)).toEqual({
        verdict: "timestamp-malformed",
      });
    },
  );

  test.each([
    [String(now - hourMs - 1), -3600],
    [String(now + hourMs + 1), 3600],
    [String(now - 2 * hourMs), -7200],
    ["0", -1_767_225_600],
    ["9999999999999999", 9_998_232_774_400],
  ])("is stale at %s, %i s from our clock", (timestamp, aheadSeconds) => {
    expect(checkSignature(signedAt(timestamp), rules)).toEqual({
      verdict: "stale",
      aheadSeconds,
    });
  });

  test.each([
    ["another secret's", signCallback(String(now), "another")],
    ["another moment's", signCallback(String(now - 1), secret)],
    ["no Base64", "%%%"],
    ["too short", right.slice(0, 20)],
    ["too long", `${right.slice(0, -1)}AAAA`],
    ["percent-encoded", encodeURIComponent(right)],
    ["changed in its last bits", right.replace("LMo=", "LMs=")],
    ["changed in its first letter", `c${right.slice(1)}`],
  ])("is refused when it is %s", (_case, sign) => {
    expect(checkSignature({ timestamp: String(now), sign }, rules)).toEqual({
      verdict: "bad-sign",
    });
  });
});

describe("the token of an Outgoing robot", () => {
  test("is right when it is the same", () => {
    expect(isTokenRight("token-1", "token-1")).toBe(true);
  });

  test.each([undefined, "", "token-2", "token-1 ", "token-", "TOKEN-1", "token-11"])(
    "is wrong when it is %j",
    (given) => {
      expect(isTokenRight(given, "token-1")).toBe(false);
    },
  );
});
