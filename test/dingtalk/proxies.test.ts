import { describe, expect, test } from "vitest";
import { proxyFor, uselessEntries } from "../../src/dingtalk/proxies.ts";

const robot = new URL("https://oapi.dingtalk.com/robot/send");
const proxyOf = (env: Record<string, string>, url: string | URL = robot): string | undefined =>
  proxyFor(new URL(url), env)?.host;

describe("the proxy of the environment", () => {
  test.each<[Record<string, string>, string, string | undefined]>([
    [{}, "https://h", undefined],
    [{ HTTPS_PROXY: "http://p:1" }, "https://h", "p:1"],
    [{ HTTPS_PROXY: "http://p:1" }, "http://h", undefined],
    [{ HTTP_PROXY: "http://p:1" }, "http://h", "p:1"],
    [{ HTTP_PROXY: "http://p:1" }, "https://h", "p:1"],
    [{ HTTP_PROXY: "http://p:1", HTTPS_PROXY: "http://p:2" }, "https://h", "p:2"],
    [{ HTTPS_PROXY: "http://p:1", https_proxy: "http://p:2" }, "https://h", "p:2"],
    [{ HTTPS_PROXY: "http://p:1", https_proxy: "" }, "https://h", "p:1"],
  ])("%j is taken for %s", (env, url, proxy) => {
    expect(proxyOf(env, url)).toBe(proxy);
  });

  test.each([
    ["*", "https://h"],
    ["other, h", "https://h"],
    ["H.example", "https://h.EXAMPLE"],
    ["example.com", "https://a.example.com"],
    [".example.com", "https://a.example.com"],
    ["*.example.com", "https://a.example.com"],
    [".example.com", "https://example.com"],
    ["h:8443", "https://h:8443"],
    ["h:443", "https://h"],
    ["10.1.2.3", "http://10.1.2.3:8080"],
    ["10.0.0.0/8", "http://10.255.0.1"],
    ["10.0.0.0/8,192.168.0.0/16", "http://192.168.7.7"],
    ["::1", "http://[::1]:80"],
    ["[::1]:80", "http://[::1]"],
    ["fd00::/8", "http://[fd12::1]"],
    ["[fd00::]/8", "http://[fd12::1]"],
    ["0:0:0:0:0:0:0:1", "http://[::1]"],
    ["https://h.example/", "https://h.example"],
    ["http://user:pw@h.example:8080/path", "https://h.example:8080"],
    ["h.example/", "https://h.example"],
    ["h.example.", "https://h.example"],
    ["h.example", "https://h.example."],
    ['"h.example"', "https://h.example"],
    ["'a,h.example'", "https://h.example"],
    ["a;h.example", "https://h.example"],
    ["a，h.example", "https://h.example"],
    ["*:8443", "https://h:8443"],
    ["机器人.example", "https://机器人.example"],
  ])("is not taken with NO_PROXY=%s for %s", (noProxy, url) => {
    expect(proxyOf({ HTTP_PROXY: "http://p:1", NO_PROXY: noProxy }, url)).toBeUndefined();
  });

  test.each([
    ["", "https://h"],
    ["h.example", "https://example"],
    ["ample.com", "https://example.com"],
    ["h:8443", "https://h"],
    ["10.0.0.0/8", "http://11.0.0.1"],
    ["10.0.0.0/8", "http://h"],
    ["10.0.0.0/33", "http://10.0.0.1"],
    ["0.0.0.0/0", "http://[::1]"],
    ["fd00::/8", "http://[fe80::1]"],
  ])("is taken with NO_PROXY=%s for %s", (noProxy, url) => {
    expect(proxyOf({ HTTP_PROXY: "http://p:1", NO_PROXY: noProxy }, url)).toBe("p:1");
  });

  test.each([
    ["10.0.0.0/33", [1]],
    ["h, 10.*, *.h, 192.168.1", [2, 4]],
    ["h:port h:0 h:65536", [1, 2, 3]],
    ["10.0.0.1-10.0.0.9;<local>;.;[::1", [1, 2, 3, 4]],
    ["*, .h, h:80, ::1, 10.0.0.0/8, https://h/, a_b", []],
    ["", []],
  ])("has in NO_PROXY=%s entries that mean nothing: %j", (noProxy, places) => {
    expect(uselessEntries(noProxy)).toEqual(places);
  });

  test("keeps the lower case of NO_PROXY above the upper one", () => {
    const env = { HTTP_PROXY: "http://p:1", NO_PROXY: "*", no_proxy: "other" };

    expect(proxyOf(env)).toBe("p:1");
  });
});
