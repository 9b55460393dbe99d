import { describe, expect, test } from "vitest";
import { parseAllowedHost, parseSessionAddress } from "../../src/dingtalk/session-address.ts";

const path = "/robot/sendBySession?session=s3ss10n";

describe("the address of a session", () => {
  test.each([
    [`https://oapi.dingtalk.com${path}`],
    [`https://oapi.dingtalk.io${path}`],
    [`https://dingtalk.com${path}`],
    [`https://OAPI.DingTalk.COM.${path}`],
    [`https://oapi.dingtalk.com:443${path}`],
    // `URL` turns each of these into the very host that is then called.
    [`https://oapi%2Edingtalk.com${path}`],
    [`https://oapi\u3002dingtalk\uff0ecom${path}`],
    [`https:\\\\oapi.dingtalk.com${path}`],
    [` https://oapi.ding\ttalk.com${path}\n`],
  ])("may be %s", (text) => {
    const url = parseSessionAddress(text, []);

    expect(url.href).toBe(new URL(text).href);
  });

  test.each([
    [`https://oapi.dingtalk.com.evil.example${path}`, "oapi.dingtalk.com.evil.example"],
    [`https://evildingtalk.com${path}`, "evildingtalk.com"],
    [`https://oapi.dingtalk.com@evil.example${path}`, "evil.example"],
    [`https://user:pass@oapi.dingtalk.com${path}`, "oapi.dingtalk.com"],
    [`https://evil.example#@oapi.dingtalk.com${path}`, "evil.example"],
    [`https://evil.example\\@oapi.dingtalk.com${path}`, "evil.example"],
    [`http://oapi.dingtalk.com${path}`, "oapi.dingtalk.com"],
    [`https://oapi.dingtalk.com:8443${path}`, "oapi.dingtalk.com"],
    [`https://127.0.0.1${path}`, "127.0.0.1"],
    [`https://2130706433${path}`, "127.0.0.1"],
    [`https://[::1]${path}`, "[::1]"],
    [`https://169.254.169.254${path}`, "169.254.169.254"],
    [`https://dingtalk.com..${path}`, "dingtalk.com.."],
    [`wss://oapi.dingtalk.com${path}`, "oapi.dingtalk.com"],
    ["file:///etc/passwd", ""],
    [`https://oapi.dingt\u0430lk.com${path}`, "oapi.xn--dingtlk-6fg.com"],
    [`https://evil.example\\.dingtalk.com${path}`, "evil.example"],
    [`https://evil.example?.dingtalk.com${path}`, "evil.example"],
    [`https://evil.example/.dingtalk.com${path}`, "evil.example"],
    [`https://oapi.dingtalk.com\t.evil.example${path}`, "oapi.dingtalk.com.evil.example"],
    [`https://oapi.dingtalk.com%2eevil.example${path}`, "oapi.dingtalk.com.evil.example"],
    [`https://oapi-dingtalk.com${path}`, "oapi-dingtalk.com"],
    [`https://dingtalk.com.cn${path}`, "dingtalk.com.cn"],
    [`https://dingtalk.co${path}`, "dingtalk.co"],
    [`https://:pass@oapi.dingtalk.com${path}`, "oapi.dingtalk.com"],
    [`https://oapi.dingtalk.com:0${path}`, "oapi.dingtalk.com"],
    [`https://0x7f.1${path}`, "127.0.0.1"],
    [`https://[::ffff:127.0.0.1]${path}`, "[::ffff:7f00:1]"],
    [`https://localhost${path}`, "localhost"],
    [`blob:https://oapi.dingtalk.com${path}`, ""],
    [`https://evil.example%2F.dingtalk.com${path}`, undefined],
    [`https://evil.example%00.dingtalk.com${path}`, undefined],
    [`https://evil.example%40oapi.dingtalk.com${path}`, undefined],
    [`https://oapi.dingtalk.com:443:443${path}`, undefined],
    ["//oapi.dingtalk.com", undefined],
    ["no address", undefined],
    ["", undefined],
  ])("may not be %s", (text, host) => {
    const parse = (): URL => parseSessionAddress(text, ["https://dingtalk.example.com"]);

    expect(parse).toThrow(expect.objectContaining({ reason: "session-host", host }));
    expect(parse).toThrow(expect.not.stringContaining("s3ss10n"));
  });

  test.each([
    ["dingtalk.example.com", `https://dingtalk.example.com${path}`],
    ["http://127.0.0.1:4050", `http://127.0.0.1:4050${path}`],
    ["10.0.0.1", `https://10.0.0.1${path}`],
  ])("may be at the allowed host %s", (entry, text) => {
    const allowed = [parseAllowedHost(entry) ?? ""];

    expect(parseSessionAddress(text, allowed).href).toBe(text);
  });

  test.each([
    ["dingtalk.example.com", `https://a.dingtalk.example.com${path}`],
    ["dingtalk.example.com", `http://dingtalk.example.com${path}`],
    ["dingtalk.example.com", `https://dingtalk.example.com:8443${path}`],
    ["http://127.0.0.1:4050", `http://127.0.0.1:4051${path}`],
    ["http://127.0.0.1:4050", `https://127.0.0.1:4050${path}`],
    ["http://127.0.0.1:4050", `http://u@127.0.0.1:4050${path}`],
  ])("is not allowed by %s if it is %s", (entry, text) => {
    const allowed = [parseAllowedHost(entry) ?? ""];

    expect(() => parseSessionAddress(text, allowed)).toThrow("not sent");
  });
});

describe("an allowed host", () => {
  test.each([
    ["host:8443"],
    ["https://host"],
    ["ftp://host"],
    ["host/path"],
    ["http://host/path"],
    ["http://u@host:1"],
    ["*"],
    ["a b"],
  ])("is not %s", (entry) => {
    expect(parseAllowedHost(entry)).toBeUndefined();
  });
});
