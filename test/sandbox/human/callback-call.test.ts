import { createServer } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { postCallback } from "../../../sandbox/human/callback-call.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** Starts a program that never answers. It is closed after the test. */
async function startSilentRobot() {
  const asked: string[] = [];
  const server = createServer(({ url = "" }) => void asked.push(url));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}/`, asked };
}

describe("a callback", () => {
  test("is not posted if its signal has aborted before", async () => {
    const robot = await startSilentRobot();
    const callback = { url: robot.url, headers: {}, body: "{}" };

    const result = await postCallback(callback, {
      clock: new FakeClock(0),
      signal: AbortSignal.abort(),
    });

    expect(result).toMatchObject({ status: null, problem: { code: "callback-unreachable" } });
    expect(robot.asked).toEqual([]);
  });
});
