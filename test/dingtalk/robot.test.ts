import { describe, expect, test } from "vitest";
import { addressOf, createRobot, explainSignature, robotName } from "../../src/dingtalk/robot.ts";

const address = new URL("https://oapi.example.com/robot/send?access_token=t");
const timestampOf = (url: URL): number => Number(url.searchParams.get("timestamp"));

describe("the address to post to", () => {
  test("is the robot's own without a secret", () => {
    const robot = createRobot(address, undefined);

    const url = addressOf(robot, 5000);

    expect(url).toBe(robot.url);
  });

  test("is signed for each moment", () => {
    const robot = createRobot(address, "SEC1");

    const timestamps = [5000, 5000, 5001, 4000].map((now) => timestampOf(addressOf(robot, now)));

    expect(timestamps).toEqual([5000, 5000, 5001, 4000]);
  });

  test("has a signature of each robot's own secret", () => {
    const robots = ["SEC1", "SEC2"].map((secret) => createRobot(address, secret));

    const signs = robots.map((robot) => addressOf(robot, 5000).searchParams.get("sign"));

    expect(signs[0]).not.toBe(signs[1]);
  });
});

describe("a robot's name", () => {
  const nameOf = (url: string, secret?: string) => robotName(createRobot(new URL(url), secret));
  const usual = nameOf("https://oapi.example.com/robot/send?access_token=t");

  test.each([
    ["with a secret", "https://oapi.example.com/robot/send?access_token=t", "SEC1"],
    ["at another path", "https://oapi.example.com/proxy?access_token=t", undefined],
    ["with a signature", "https://oapi.example.com/robot/send?access_token=t&sign=s", undefined],
  ])("is the same %s", (_case, url, secret) => {
    expect(nameOf(url, secret)).toBe(usual);
  });

  test.each([
    ["of another token", "https://oapi.example.com/robot/send?access_token=u"],
    ["at another host", "https://stand-in.example.com/robot/send?access_token=t"],
    ["at another port", "https://oapi.example.com:8443/robot/send?access_token=t"],
  ])("is another one %s", (_case, url) => {
    expect(nameOf(url)).not.toBe(usual);
  });
});

describe("a refusal of the signature", () => {
  const refusal = {
    reason: "timestamp-invalid",
    kind: "setup",
    summary: "the time is wrong",
    remedy: "set the clock",
  } as const;
  const url = "https://oapi.example.com/robot/send?access_token=t";

  test.each([
    ["a robot without a secret", url, undefined, /^the component has no secret; set secret/],
    ["a signed url", `${url}&timestamp=1&sign=s`, undefined, /^the url carries an old/],
    ["a robot with a secret", url, "SEC1", /^set the clock$/],
  ])("leads for %s to the cure", (_case, address, secret, remedy) => {
    const robot = createRobot(new URL(address), secret);

    expect(explainSignature(refusal, robot).remedy).toMatch(remedy);
    expect(explainSignature({ ...refusal, reason: "sign-mismatch" }, robot).remedy).toMatch(remedy);
  });
});
