import { describe, expect, test } from "vitest";
import { checkComponent, ourComponents } from "../../../src/commands/doctor/components.ts";
import type { Finding } from "../../../src/commands/doctor/finding.ts";
import { readResources } from "../../../src/commands/doctor/resources.ts";
import { type FieldSource, resourcesOf } from "./support/examine.ts";

const names = ["dingtalk.webhook", "alicloud.dingtalk.webhook"];
const local = "http://127.0.0.1:4050/robot/send?access_token=t0ken";
const dingtalks = "https://oapi.dingtalk.com/robot/send?access_token=t0ken";
const byReference = { secretKeyRef: { name: "robots", key: "ops" } };
const sound = { id: "ops", url: local, direction: "output" };
const stream = { id: "ops", direction: "input", receive: "stream", clientId: "ding1" };
const callbacks = { id: "ops", direction: "input, output", receive: "http" };

async function findingsOf(
  fields: Readonly<Record<string, FieldSource>>,
  options?: { type?: string; version?: string },
): Promise<Finding[]> {
  const { components } = await readResources([await resourcesOf(fields, options)]);
  return ourComponents(components, names).flatMap((found) => [...checkComponent(found, names)]);
}

describe("the doctor on a component", () => {
  test.each([
    sound,
    { ...sound, secret: "SEC1", maxWait: "5s", messagesPerMinute: 10 },
    { ID: "ops", URL: local, Direction: "INPUT, output", route: "/alerts" },
    { ...sound, url: `${local}\nhttp://localhost/a\nhttp://[::1]/b`, secret: "SEC1\n\nSEC3" },
    { ...sound, url: byReference, secret: byReference },
    { ...sound, redisHost: "redis:6379", redisPassword: byReference, redisDB: 1 },
    { ...sound, url: byReference, messagesPerMinute: byReference, direction: byReference },
    { ...stream, clientSecret: byReference, gatewayUrl: "http://127.0.0.1:4050" },
    { ...stream, clientSecret: "SEC1", gatewayUrl: "http://127.0.0.1:4050" },
    { ...stream, clientSecret: "SEC1", gatewayUrl: "http://sandbox.localhost:4050" },
    { ...stream, clientSecret: byReference, url: local, secret: "SEC1", maxInFlight: 4 },
    { ...callbacks, clientSecret: byReference, answers: "text", replyAt: "true" },
    { ...callbacks, receive: "HTTP", callbackToken: byReference, allowedSessionHosts: "a.example" },
  ])("finds nothing wrong with %j", async (fields) => {
    const findings = await findingsOf(fields);

    expect(findings.filter(({ level }) => !["ok", "skipped"].includes(level))).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
  });

  test.each([
    ["field", { ...sound, id: "" }],
    ["field", { ...sound, maxWait: "soon" }],
    ["field", { ...sound, messagesPerMinute: -1 }],
    ["field", { ...sound, overflow: "drop" }],
    ["field", { ...sound, secret: "SEC1\nSEC2" }],
    ["field", { ...sound, url: `${local}\n${local}2`, secret: "SEC1\nSEC2\nSEC3" }],
    ["field", { ...sound, secret: byReference, retries: "many" }],
    ["field", { ...sound, redisHost: "redis:port", redisPassword: byReference }],
    ["url", { ...sound, url: "" }],
    ["url", { ...sound, url: "t0ken" }],
    ["url", { ...sound, url: "ftp://127.0.0.1/robot/send?access_token=t0ken" }],
    ["url", { ...sound, url: "http://127.0.0.1:4050/robot/send" }],
    ["url", { ...sound, url: "http://127.0.0.1:4050/robot/send?access_token=******" }],
    ["field", { ...sound, receive: "webhook" }],
    ["field", { ...stream }],
    ["field", { ...stream, clientId: "", clientSecret: byReference }],
    ["field", { ...stream, clientSecret: byReference, secret: "SEC1" }],
    ["field", { ...stream, clientSecret: byReference, gatewayUrl: "http://a.example" }],
    ["field", { ...callbacks, clientId: "ding1" }],
    ["unknown-field", { ...sound, responseTimeOuts: "3s" }],
    ["field", { ...sound, URL: `${local}2` }],
    ["direction", { ...sound, direction: "out" }],
    ["direction", { ...sound, direction: "" }],
    ["direction", { ...stream, direction: "output", clientSecret: byReference }],
    ["direction", { ...callbacks, direction: "Output", callbackToken: byReference }],
  ])("has a problem %s with %j", async (check, fields) => {
    const findings = await findingsOf(fields);

    expect(findings).toContainEqual({
      check,
      level: "problem",
      message: expect.stringMatching(/^robot/),
      remedy: expect.stringMatching(/./),
    });
  });

  test.each([
    "http://oapi.dingtalk.com/robot/send?access_token=t0ken",
    "https://oapi.dingtalk.com/?access_token=t0ken",
    "https://oapi.dingtalk.com/robot/send",
  ])("finds that %s is not the address of a robot", async (url) => {
    const findings = await findingsOf({ ...sound, url });

    expect(findings).toContainEqual(expect.objectContaining({ check: "url", level: "problem" }));
  });

  test.each([
    ["url", "problem", { ...sound, url: "https://open.feishu.cn/open-apis/bot/v2/hook/t0ken" }],
    ["url", "problem", { ...sound, url: `${local},${local}` }],
    ["url", "problem", { ...sound, url: `${local}&timestamp=1&sign=t0ken` }],
    ["field", "problem", { ...sound, secret: '"SEC1"' }],
    ["field", "warning", { ...sound, secret: "t0ken" }],
    ["url", "warning", { ...sound, url: "https://api.dingtalk.com/hook" }],
  ])("names a mistake in the %s as a %s: %j", async (check, level, fields) => {
    const findings = await findingsOf(fields);

    expect(findings).toContainEqual(expect.objectContaining({ check, level }));
    expect(JSON.stringify(findings)).not.toMatch(/t0ken|SEC1/);
  });

  test("does not miss a secret that is given by reference", async () => {
    const url = `${local}&timestamp=1&sign=t0ken`;

    const findings = await findingsOf({ ...sound, url, secret: byReference });

    expect(findings.map(({ level }) => level)).toEqual(["skipped"]);
  });

  test("names every wrong field and every missing field", async () => {
    const findings = await findingsOf({ maxWait: "soon", retries: "many", direction: "output" });

    expect(findings.map(({ check, message }) => `${check} ${message}`)).toEqual([
      expect.stringMatching(/^field .* id is missing/),
      expect.stringMatching(/^url .* url is missing/),
      expect.stringMatching(/^field .* maxWait /),
      expect.stringMatching(/^field .* retries /),
    ]);
  });

  test("names a missing field once if several fields need it", async () => {
    const findings = await findingsOf({ ...sound, redisUsername: "u", redisPassword: "p" });

    expect(findings).toMatchObject([
      { check: "field", message: expect.stringContaining("redisHost is missing") },
    ]);
  });

  test("names the known field nearest to an unknown one", async () => {
    const findings = await findingsOf({ ...sound, respnseTimeout: "3s" });

    expect(findings).toMatchObject([{ remedy: expect.stringContaining("responseTimeout") }]);
  });

  test("warns of a missing direction", async () => {
    const findings = await findingsOf({ id: "ops", url: local });

    expect(findings).toMatchObject([{ check: "direction", level: "warning" }]);
  });

  test.each([
    [{ ...sound, url: dingtalks }, 1],
    [{ ...sound, url: dingtalks, secret: byReference }, 1],
    [{ ...sound, url: dingtalks, secret: "SEC1" }, 2],
    [{ ...sound, url: byReference, secret: "SEC1\nSEC2" }, 1],
    [{ ...sound, url: byReference, redisHost: "redis", redisPassword: "SEC1" }, 1],
    [{ ...sound, url: `${local}\n${dingtalks}`, secret: "SEC1" }, 2],
    [{ ...stream, clientSecret: "SEC1" }, 1],
    [{ ...stream, clientSecret: "SEC1", gatewayUrl: "https://api.dingtalk.io", url: local }, 1],
    [{ ...sound, url: "http://127.example.com/robot/send?access_token=t0ken" }, 1],
    [{ ...callbacks, clientSecret: "SEC1", callbackToken: "SEC1" }, 2],
  ])("finds secrets in plain text in %j", async (fields, count) => {
    const findings = await findingsOf(fields);

    const problems = findings.filter(({ level }) => level === "problem");
    expect(problems).toHaveLength(count);
    expect(new Set(problems.map(({ check }) => check))).toEqual(new Set(["secret"]));
    expect(JSON.stringify(findings)).not.toMatch(/t0ken|SEC1|https?:/);
  });

  test("says which other value it did not check", async () => {
    const findings = await findingsOf({ ...sound, direction: byReference, retries: byReference });

    expect(findings).toMatchObject([
      { check: "field", level: "skipped", message: expect.stringContaining("direction") },
      { check: "field", level: "skipped", message: expect.stringContaining("retries") },
    ]);
  });

  test("says that it did not ask the Redis", async () => {
    const findings = await findingsOf({ ...sound, redisHost: "redis:6379" });

    expect(findings).toMatchObject([{ check: "redis", level: "skipped" }]);
  });

  test("says that it did not check a value in a secret store", async () => {
    const findings = await findingsOf({ ...sound, url: byReference });

    expect(findings).toMatchObject([
      { check: "secret", level: "skipped", message: expect.stringContaining("not checked") },
    ]);
  });

  test.each([
    [{ type: "bindings.dingtalk.webhok" }],
    [{ type: "bindings.dingtalk.robot" }],
    [{ version: "v2" }],
  ])("finds a type or version that daprd does not find: %j", async (options) => {
    const findings = await findingsOf(sound, options);

    expect(findings).toMatchObject([{ check: "type", level: "problem" }]);
  });

  test("compares types as daprd does", async () => {
    const findings = await findingsOf(sound, { type: "bindings.DingTalk.Webhook" });

    expect(findings).toMatchObject([{ check: "component", level: "ok" }]);
  });

  test("checks only types that the sockets offer", async () => {
    const { components } = await readResources([
      await resourcesOf({}, { type: "bindings.robot" }),
      await resourcesOf({}, { type: "bindings.http" }),
    ]);

    expect(ourComponents(components, ["robot"])).toMatchObject([{ type: "bindings.robot" }]);
  });
});
