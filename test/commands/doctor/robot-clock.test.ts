import { createServer, type RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { checkClock } from "../../../src/commands/doctor/robot-clock.ts";
import { listenHere } from "../../support/listen.ts";
import { startRobot } from "../../support/robot.ts";
import { emptyFolder, examine, resourcesOf } from "./support/examine.ts";

async function startHost(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listenHere(createServer(answer))}`;
}

/** A robot's host whose clock differs from ours. */
async function startHostAt(offsetMs: number): Promise<string> {
  return await startHost((_request, response) => {
    response.setHeader("date", new Date(Date.now() + offsetMs).toUTCString()).end();
  });
}

describe("the doctor on the clock", () => {
  test.each([
    [0, "ok"],
    [-2000, "ok"],
    [20_000, "warning"],
    [-20_000, "warning"],
    [120_000, "problem"],
    [-120_000, "problem"],
  ])("judges a host that is %i ms ahead: %s", async (offsetMs, level) => {
    const origin = await startHostAt(offsetMs);

    const finding = await checkClock({ origin, isAssumed: false });

    expect(finding).toMatchObject({ check: "clock", level });
  });

  test("asks each host once, without token or path, and shows neither", async () => {
    const robot = await startRobot();
    const { env } = await emptyFolder();
    const url = `${robot.url}\n${robot.url}2`;

    const { of, findings } = await examine(env, [
      "--resources",
      await resourcesOf({ id: "a", url }),
    ]);

    expect(of("clock")).toMatchObject([{ level: "ok" }]);
    expect(robot.posts).toMatchObject([{ method: "HEAD", path: "/" }]);
    expect(robot.posts[0]?.query.size).toBe(0);
    expect(JSON.stringify(findings)).not.toMatch(/token-1|http:/);
  });

  test("warns of a host that sends no time", async () => {
    const origin = await startHost((_request, response) => {
      response.sendDate = false;
      response.end();
    });

    const finding = await checkClock({ origin, isAssumed: false });

    expect(finding).toMatchObject({ check: "clock", level: "warning" });
  });

  test.each([
    [false, "problem"],
    [true, "warning"],
  ])("reports a host that cannot be reached (assumed: %s)", async (isAssumed, level) => {
    const finding = await checkClock({ origin: "http://127.0.0.1:1", isAssumed });

    expect(finding).toMatchObject({
      check: "robot-host",
      level,
      message: "no answer from 127.0.0.1:1: ECONNREFUSED",
    });
  });

  test("uses the proxy of the environment", async () => {
    const { env } = await emptyFolder();
    const url = `${await startHostAt(0)}/robot/send?access_token=t`;
    const resources = await resourcesOf({ id: "a", url });

    const { of } = await examine({ ...env, HTTP_PROXY: "http://127.0.0.1:1" }, [
      "--resources",
      resources,
    ]);

    expect(of("robot-host")).toMatchObject([{ level: "problem" }]);
  });

  test("asks DingTalk's own host if the url is in a secret store", async () => {
    const { env } = await emptyFolder();
    const resources = await resourcesOf({ id: "a", url: { secretKeyRef: { name: "robots" } } });

    const { of } = await examine({ ...env, HTTPS_PROXY: "http://127.0.0.1:1" }, [
      "--resources",
      resources,
    ]);

    expect(of("robot-host")).toMatchObject([
      { level: "warning", message: expect.stringContaining("oapi.dingtalk.com") },
    ]);
  });
});
